/** The client left. Runtimes give strings, DOMExceptions or nothing as the reason; the app knows only this. */
export class ClientGone extends Error {
  constructor(reason?: unknown) {
    super('The client left.', { cause: reason });
    this.name = 'ClientGone';
  }
}

/** Rejects as soon as `signal` aborts, whatever `work` does; `work` keeps its own duty to stop. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {});
    return Promise.reject(new ClientGone(signal.reason));
  }
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(new ClientGone(signal.reason));
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
