/** A whole number with commas, 1234567 as 1,234,567: the same on every machine, unlike toLocaleString. */
export function formatNumber(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}
