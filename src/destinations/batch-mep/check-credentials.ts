import type { Refusal } from './answer.js';
import type { BatchMepClient } from './client.js';

export type CredentialCheck =
  { kind: 'accepted' } | ({ kind: 'refused' } & Refusal) | { kind: 'unknown'; reason: string };

/**
 * Whether Batch takes an app's key, by a call without effect: an empty array. Batch looks at the keys before the body,
 * so its complaint about the body says that the keys are good.
 */
export async function checkCredentials(client: BatchMepClient, apiKey: string): Promise<CredentialCheck> {
  const answer = await client.post(apiKey, Buffer.from('[]'));
  switch (answer.kind) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'refused':
      return answer.status === 400 ? { kind: 'accepted' } : { kind: 'unknown', reason: `http ${answer.status}` };
    case 'unauthorized':
      return { ...answer, kind: 'refused' };
    case 'busy':
      return { kind: 'unknown', reason: 'http 429' };
    case 'unavailable':
      return { kind: 'unknown', reason: answer.reason };
  }
}
