import { describe, expect, it } from 'vitest';
import type { OpenaiError } from '../conformance/suites/context.ts';
import { createSpeechServer, type SpeechServer, tone } from './speech-server.ts';

const asked = { input: 'Hello.', response_format: 'pcm' };

/** Opens streams until one is refused, and reads nothing of them. */
async function openAll(server: SpeechServer, peerOf: (index: number) => string): Promise<Response[]> {
  const open: Response[] = [];
  for (let index = 0; index < 20; index++) {
    const response = await server.post('/v1/audio/speech', asked, {}, peerOf(index));
    open.push(response);
    if (response.status !== 200) return open;
  }
  return open;
}

describe('answers that are being sent, without keys', () => {
  it('are half of ten for one address, and a /64 of IPv6 is one', async () => {
    const server = createSpeechServer(() => ({ body: tone(1) }));
    const open = await openAll(server, (index) => `2001:db8:1:2::${index + 1}`);
    const refused = open.at(-1);
    expect([open.length, refused?.status, refused?.headers.get('retry-after')]).toEqual([6, 429, '5']);
    const { error } = ((await refused?.json()) ?? {}) as OpenaiError;
    expect(error.message).toBe('This address holds its share of 5 streams. Please try again later.');
    const other = await server.post('/v1/audio/speech', asked, {}, '2001:db8:1:3::1');
    expect(other.status).toBe(200);
    await Promise.all([other, ...open.slice(0, -1)].map((response) => response.body?.cancel()));
    expect((await openAll(server, () => '192.0.2.1')).length).toBe(6);
  });

  it('leave their place when they are read to the end, cancelled, or never made', async () => {
    let fail = false;
    const server = createSpeechServer(() => {
      if (fail) throw new Error('no voice');
      return { body: tone(0.1) };
    });
    for (let round = 0; round < 30; round++) {
      fail = round % 3 === 0;
      const response = await server.post('/v1/audio/speech', asked, {}, '192.0.2.1');
      expect(response.status).toBe(fail ? 500 : 200);
      if (round % 2 === 0) await response.arrayBuffer();
      else await response.body?.cancel();
    }
  });

  it('leave it too when a client takes nothing for too long', async () => {
    const server = createSpeechServer(() => ({ body: tone(1) }));
    await openAll(server, () => '192.0.2.1');
    server.clock.advance(61_000);
    expect((await openAll(server, () => '192.0.2.1')).length).toBe(6);
  });
});
