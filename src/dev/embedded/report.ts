/** Takes one line for the reader about what is being done: without a line end, never a secret. */
export type Report = (line: string) => void;
