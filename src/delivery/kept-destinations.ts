import type { DestinationDefinition } from '../activation/definitions.js';
import type { Environment } from '../config/environment.js';
import { type DestinationSecrets, destinationSecrets } from '../config/secrets.js';
import type { Call, Destination, Identity } from '../destinations/destination.js';
import { typeOf } from '../destinations/registry.js';
import { createHttpClient, type HttpClient, type HttpOutcome } from './http/client.js';
import { signatureHeaders } from './http/signature.js';
import { identityFingerprint } from './target-fingerprint.js';

/** A destination within reach: its calls leave with their secrets filled in. */
export interface ReachedDestination {
  /** In the definitions. */
  name: string;
  /** Of its type, for messages. */
  service: string;
  destination: Destination;
  /** See `HttpClient.send`. Throws ConfigInvalid for secrets that fit into no URL or header. */
  send: (call: Call & { body?: Buffer }, signal?: AbortSignal) => Promise<HttpOutcome>;
  /** See `identityFingerprint`. */
  fingerprint: (engineId: string, identity: Identity) => string;
}

/** Destinations over one client, so that connections are kept from chunk to chunk, and run to run. */
export class KeptDestinations {
  private readonly environment: Environment;
  private readonly client: HttpClient;

  /** Throws ConfigInvalid when the environment names a proxy that is none. */
  constructor(environment: Environment) {
    this.environment = environment;
    this.client = createHttpClient(environment);
  }

  /** Throws SecretMissing. */
  reach(definition: DestinationDefinition): ReachedDestination {
    const secrets = destinationSecrets(definition, this.environment);
    const type = typeOf(definition);
    const destination = type.open(definition.settings);
    const { requestTimeoutMs } = destination.limits;
    return {
      name: definition.name,
      service: type.service,
      destination,
      send: (call, signal) => this.client.send({ ...filledIn(call, secrets), timeoutMs: requestTimeoutMs }, signal),
      fingerprint: (engineId, identity) => identityFingerprint(engineId, identity, secrets),
    };
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

function filledIn({ method, url, headers, signedWith, body }: Call & { body?: Buffer }, secrets: DestinationSecrets) {
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, secrets.header(value)]));
  return {
    method,
    url: secrets.url(url.base, url.path),
    headers:
      signedWith === undefined
        ? filled
        : {
            ...filled,
            ...signatureHeaders(secrets.signingKey(signedWith), body ?? Buffer.alloc(0), filled['webhook-id']),
          },
    ...(body && { body }),
  };
}
