/**
 * The outcome of a request of undici's, or the reason of `signal` as soon as it is aborted: undici itself heeds a signal only
 * once there is a connection. A request that still waits for one then ends before it is written.
 */
export function untilAborted<T>(request: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    request.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
