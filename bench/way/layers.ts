import { existsSync } from 'node:fs';

/** What makes streams for others: whoever called it is where a layer comes from. */
const makers = ['stream/pull.ts', 'stream/pass-through.ts', 'adapters/node/body.ts'];
/** What carries the request's own body. */
const inbound = 'adapters/node/server.ts';
for (const file of [...makers, inbound]) {
  if (!existsSync(new URL(`../../src/${file}`, import.meta.url))) throw new Error(`src/${file} is no more`);
}

/**
 * Counts from now on the streams that the modules under `sourceUrl` make and through which bytes pass. The returned function
 * tells them by the place that made them, and begins anew.
 */
export function countLayers(sourceUrl: string): () => Record<string, number> {
  let counts = new Map<string, number>();
  const Plain = globalThis.ReadableStream;

  const watched = (
    place: string,
    source: UnderlyingDefaultSource<unknown>,
  ): UnderlyingDefaultSource<unknown> => {
    let isCounted = false;
    const noting = (controller: ReadableStreamDefaultController<unknown>): typeof controller => {
      const enqueue = controller.enqueue.bind(controller);
      controller.enqueue = (chunk) => {
        if (!isCounted) counts.set(place, (counts.get(place) ?? 0) + 1);
        isCounted = true;
        enqueue(chunk);
      };
      return controller;
    };
    return {
      ...source,
      start(controller) {
        const noted = noting(controller);
        return source.start?.(noted);
      },
    };
  };

  globalThis.ReadableStream = class extends Plain<unknown> {
    constructor(source?: UnderlyingDefaultSource<unknown>, strategy?: QueuingStrategy<unknown>) {
      const place = placeOf(new Error().stack ?? '', sourceUrl);
      super(place && source ? watched(place, source) : (source ?? {}), strategy);
    }
  } as typeof Plain;
  return () => {
    const told = Object.fromEntries(counts);
    counts = new Map();
    return told;
  };
}

function placeOf(stack: string, sourceUrl: string): string | undefined {
  const files = stack.split('\n').flatMap((line) => {
    const at = line.indexOf(sourceUrl);
    return at < 0 ? [] : [line.slice(at + sourceUrl.length).replace(/:\d+:\d+\)?$/, '')];
  });
  const place = files.find((file) => !makers.includes(file));
  return place === inbound ? undefined : place;
}
