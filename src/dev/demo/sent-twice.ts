import { table } from '../../terminal/table.js';
import { formatNumber } from '../../text/figure.js';
import { apps, type ApiKey, type BatchAccount, type LoggedRequest } from './batch-account.js';

/** A call that was received, and the same body sent again; `again` is missing while it was not. */
interface Resent {
  first: LoggedRequest;
  again: LoggedRequest | undefined;
}

/** Finds what is sent again of calls whose answers were lost. Looks often: the stand-in's log forgets. */
export class SentTwice {
  private readonly account: BatchAccount;
  private readonly firstCalls: Resent[];

  constructor(account: BatchAccount, received: LoggedRequest[]) {
    this.account = account;
    this.firstCalls = received.map((first) => ({ first, again: undefined }));
  }

  async look(): Promise<void> {
    const requests = await this.account.requests();
    for (const call of this.firstCalls) {
      const { n, apiKey, bodySha256 } = call.first;
      call.again ??= requests.find(
        (each) => each.n > n && each.apiKey === apiKey && each.bodySha256 === bodySha256 && each.status === 202,
      );
    }
  }

  calls(): Resent[] {
    return this.firstCalls.filter(({ again }) => again !== undefined);
  }
}

export function sentTwiceTable(calls: Resent[]): string {
  const titles = ['app', 'SHA-256 of the body', 'contacts', 'first call', 'again', 'after'];
  return table(
    titles.map((title) => (title === 'contacts' || title === 'after' ? { title, align: 'right' } : { title })),
    calls.map(({ first, again }) => [
      apps[first.apiKey as ApiKey],
      `${first.bodySha256!.slice(0, 16)}…`,
      formatNumber(again!.users),
      `no. ${first.n}, unanswered`,
      `no. ${again!.n}, answered 202`,
      `${((Date.parse(again!.receivedAt) - Date.parse(first.receivedAt)) / 1000).toFixed(1)} s`,
    ]),
  );
}
