const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  UND_ERR_SOCKET: 'connection lost',
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'host unreachable',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate not trusted',
  CERT_HAS_EXPIRED: 'certificate expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate of another host',
};

/** A short text of ours for a request that got no answer; the error's own text may hold addresses with keys. */
export function networkFault(error: unknown): string {
  if (!(error instanceof Error)) return 'network fault';
  if (error.name === 'TimeoutError') return 'timeout';
  if (error instanceof ProxyFault) return error.message;
  const code = 'code' in error ? String(error.code) : '';
  return reasons[code] ?? 'network fault';
}

/** No way through a proxy. The message names it without its login, and fits behind the name of what was to be reached. */
export class ProxyFault extends Error {
  constructor(proxy: URL, reason: string) {
    super(`proxy ${proxy.host}: ${reason}`);
  }
}
