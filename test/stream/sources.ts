/** A stream fed by hand, which records what was asked of it. */
export interface HandFed {
  readonly stream: ReadableStream<Uint8Array>;
  /** How often a chunk was asked for. */
  readonly pulls: number;
  /** The reason it was cancelled with; undefined while it was not. */
  readonly cancelled: { reason: unknown } | undefined;
  give(...bytes: number[]): void;
  close(): void;
  fail(error: Error): void;
}

export function handFed(): HandFed {
  let pulls = 0;
  let cancelled: { reason: unknown } | undefined;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (own) => {
        controller = own;
      },
      pull: () => void pulls++,
      cancel: (reason) => {
        cancelled = { reason };
      },
    },
    { highWaterMark: 0 },
  );
  return {
    stream,
    get pulls() {
      return pulls;
    },
    get cancelled() {
      return cancelled;
    },
    give: (...bytes) => controller.enqueue(Uint8Array.from(bytes)),
    close: () => controller.close(),
    fail: (error) => controller.error(error),
  };
}

/** Lets every callback run that is due. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}
