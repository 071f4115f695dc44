import type { Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler;
type Arguments<Name extends keyof Handler> = Parameters<NonNullable<Handler[Name]>>;

/**
 * Gives requests up that would begin later than their deadline. A timer does not: in a process that was stopped, a connection
 * that became ready meanwhile may be served first, and the request would leave when newer values are at the destination.
 */
export function startInTime(requestTimeoutMs: number): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, new StartInTime(handler, performance.now() + requestTimeoutMs));
}

class StartInTime implements Handler {
  private readonly handler: Handler;
  private readonly startsBefore: number;

  constructor(handler: Handler, startsBefore: number) {
    this.handler = handler;
    this.startsBefore = startsBefore;
  }

  /** Called right before the request is written. */
  onRequestStart(...[controller, context]: Arguments<'onRequestStart'>): void {
    this.handler.onRequestStart?.(controller, context);
    if (performance.now() >= this.startsBefore) controller.abort(new DOMException('too late to begin', 'TimeoutError'));
  }

  onResponseStart(...args: Arguments<'onResponseStart'>): void {
    this.handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Arguments<'onResponseData'>): void {
    this.handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Arguments<'onResponseEnd'>): void {
    this.handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Arguments<'onResponseError'>): void {
    this.handler.onResponseError?.(...args);
  }
}
