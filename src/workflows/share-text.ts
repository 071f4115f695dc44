import { formatNumber } from '../text/figure.js';

/** Which of all the chunks of a run a step is to send, in ascending order: for its summary. */
export function shareText(share: readonly number[], total: number): string {
  const [first, last] = [share.at(0)!, share.at(-1)!].map(formatNumber);
  const of = `of ${formatNumber(total)}`;
  if (share.length === 2) return `Chunks ${first} and ${last} ${of}`;
  if (share.length === 1) return `Chunk ${first} ${of}`;
  const areConsecutive = share.at(-1)! - share.at(0)! === share.length - 1;
  return areConsecutive
    ? `Chunks ${first} to ${last} ${of}`
    : `${share.length} chunks between ${first} and ${last} ${of}`;
}
