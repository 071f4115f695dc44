/** A segment's query as a table named `s` of another query. On lines of its own, because it may end in a comment. */
export function embedded(sql: string): string {
  return `(\n${sql}\n) s`;
}
