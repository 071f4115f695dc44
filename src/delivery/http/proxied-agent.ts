import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { OutflowError } from '../../activation/errors.js';
import type { Environment } from '../../config/environment.js';
import { networkFault, ProxyFault } from './network-fault.js';

/** Limits the time from a CONNECT to the answer of the proxy. */
const TUNNEL_TIMEOUT_MS = 10_000;
/** What stands on this machine is never asked for through a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Connections as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. A proxy is asked for a tunnel, for http, too, so whatever answers
 * a request has come through it: an answer of the proxy's own is a ProxyFault. Throws ConfigInvalid.
 */
export function proxiedAgent(environment: Environment): Dispatcher {
  const without = valueOf(environment, 'NO_PROXY') ?? '';
  const httpProxy = proxyOf(environment, 'HTTP_PROXY');
  return new EnvHttpProxyAgent({
    // Empty: none. What is left out is looked for in the environment of the process alone.
    httpProxy,
    httpsProxy: proxyOf(environment, 'HTTPS_PROXY') || httpProxy,
    noProxy: without.trim() === '*' ? '*' : [without, ...LOOPBACK].join(','),
    clientFactory: (proxy, settings) => new WayToProxy(proxy, { ...settings, headersTimeout: TUNNEL_TIMEOUT_MS }),
  });
}

class WayToProxy extends Pool {
  private readonly proxy: URL;

  constructor(proxy: URL, options: Pool.Options) {
    super(proxy, options);
    this.proxy = proxy;
  }

  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    return this.tunnel(options);
  }

  private async tunnel(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const data = await super.connect(options).catch((error: unknown) => {
      throw new ProxyFault(this.proxy, networkFault(error));
    });
    if (data.statusCode === 200) return data;
    data.socket.on('error', () => undefined).destroy();
    const what = data.statusCode === 407 ? ', it wants a login' : '';
    throw new ProxyFault(this.proxy, `HTTP ${data.statusCode}${what}`);
  }
}

function valueOf({ values }: Environment, name: string): string | undefined {
  return values.get(name.toLowerCase()) ?? values.get(name);
}

/** Takes a bare `host:port` for an HTTP proxy, as other programs do. No message repeats the value: it may hold a password. */
function proxyOf(environment: Environment, name: 'HTTP_PROXY' | 'HTTPS_PROXY'): string {
  const written = valueOf(environment, name);
  if (written === undefined) return '';
  const url = /^[a-z0-9+.-]+:\/\//i.test(written) ? written : `http://${written}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new OutflowError(
    'ConfigInvalid',
    `${name} is not the address of an HTTP proxy.`,
    'Write it as http://proxy.example.com:3128, a login as http://user:password@proxy.example.com:3128 with special characters as %.., or remove it.',
  );
}
