import { describe, expect, it } from 'vitest';
import { createSpeechServer, tone } from './speech-server.ts';

const path = '/v1/audio/prewarm';

describe('prewarming an engine that loads voices', () => {
  const start = (warm: (voice?: string) => Promise<void>) =>
    createSpeechServer(() => ({ body: tone(0.1) }), { warm });

  it.each([
    [{}, 'anna'],
    [{ voice: 'alloy' }, 'anna'],
    [{ voice: { id: 'BERT' } }, 'bert'],
  ])('loads the voice that %j means', async (body, voice) => {
    const warmed: (string | undefined)[] = [];
    const server = start(async (asked) => void warmed.push(asked));
    const response = await server.post(path, body);
    expect(await response.json()).toEqual({ status: 'accepted', ready: true, engine: 'fake' });
    expect(warmed).toEqual([voice]);
  });

  it('answers when it is loaded, and loads once for all who ask meanwhile', async () => {
    const loaded = Promise.withResolvers<void>();
    let loads = 0;
    const server = start(() => {
      loads += 1;
      return loaded.promise;
    });
    let answered = 0;
    const asking = [1, 2, 3].map(() => server.post(path, {}).then(() => answered++));
    await expect.poll(() => loads).toBe(1);
    expect(answered).toBe(0);
    loaded.resolve();
    await Promise.all(asking);
    expect([loads, answered]).toEqual([1, 3]);
  });

  it('is over at a deadline', async () => {
    let loads = 0;
    const server = start(() => {
      loads += 1;
      return new Promise(() => {});
    });
    const asking = server.post(path, {});
    await expect.poll(() => loads).toBe(1);
    server.clock.advance(120_000);
    expect((await asking).status).toBe(504);
  });

  it('of an unknown voice is 404 and loads nothing', async () => {
    let loads = 0;
    const server = start(async () => {
      loads += 1;
    });
    expect((await server.post(path, { voice: 'nobody' })).status).toBe(404);
    expect(loads).toBe(0);
  });
});
