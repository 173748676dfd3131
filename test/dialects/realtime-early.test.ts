import { describe, expect, it } from 'vitest';
import { audio, createScript, open } from './realtime-script.ts';

/** A session in which somebody has said a sentence and is silent for a moment. */
async function paused(text = 'What is new?') {
  const { listening, hear } = createScript();
  const session = open(listening);
  session.send(audio);
  hear({ kind: 'started', turn: 0, atMs: 0 });
  hear({ kind: 'paused', turn: 0, text });
  await expect.poll(() => session.asked.length).toBe(1);
  const end = (final: string): void => {
    hear({ kind: 'stopped', turn: 0, atMs: 1000 });
    hear({ kind: 'final', turn: 0, text: final });
  };
  const said = (): unknown => session.asked.at(-1)?.request.messages.at(-1)?.content;
  return { ...session, hear, end, said };
}

describe('a response of the Realtime protocol that is begun before the turn is over', () => {
  it('is announced when it is, and is the one that was begun', async () => {
    const { types, end, asked, again, goOn } = await paused();
    expect(types().filter((type) => type.startsWith('response.'))).toEqual([]);
    end('What is new');
    await expect.poll(types).toContain('response.created');
    goOn();
    await expect.poll(types).toContain('response.done');
    expect([asked.length, again.count, types().includes('response.output_text.delta')]).toEqual([1, 1, true]);
    expect(types().indexOf('input_audio_buffer.speech_stopped')).toBeLessThan(
      types().indexOf('response.created'),
    );
  });

  it('is stopped when the user goes on, and what they said is answered anew', async () => {
    const { types, hear, end, asked, again, goOn, said, send, events } = await paused();
    hear({ kind: 'resumed', turn: 0 });
    expect(asked[0]?.signal.aborted).toBe(true);
    end('What is new? Tell me.');
    await expect.poll(() => asked.length).toBe(2);
    goOn();
    await expect.poll(types).toContain('response.done');
    expect([said(), again.count]).toEqual(['What is new? Tell me.', 1]);
    expect(types().filter((type) => type === 'response.created')).toHaveLength(1);
    const item = events.findLast(({ type }) => type === 'conversation.item.added')?.item_id;
    send({ type: 'conversation.item.retrieve', item_id: item ?? 'none' });
    expect(asked[1]?.request.messages).toEqual([{ role: 'user', content: 'What is new? Tell me.' }]);
  });

  it('is made anew where the text is another one after all, or the session is', async () => {
    const other = await paused();
    other.end('What is old?');
    await expect.poll(() => other.asked.length).toBe(2);
    expect([other.asked[0]?.signal.aborted, other.said()]).toEqual([true, 'What is old?']);

    const changed = await paused();
    changed.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.' } });
    changed.end('What is new?');
    await expect.poll(() => changed.asked.length).toBe(2);
    expect(changed.asked[0]?.signal.aborted).toBe(true);
    expect(changed.asked[1]?.request.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
  });

  it('is stopped where nothing follows from the turn, or the client leaves', async () => {
    const empty = await paused();
    empty.end('');
    expect(empty.asked[0]?.signal.aborted).toBe(true);

    const cleared = await paused();
    cleared.send({ type: 'input_audio_buffer.clear' });
    expect(cleared.asked[0]?.signal.aborted).toBe(true);

    const left = await paused();
    left.session.closed();
    expect(left.asked[0]?.signal.aborted).toBe(true);
  });

  it('is not begun where the client makes responses itself', async () => {
    const { listening, hear } = createScript();
    const { send, asked, types } = open(listening);
    const turn_detection = { type: 'server_vad', create_response: false };
    send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection } } } });
    send(audio);
    hear({ kind: 'started', turn: 0, atMs: 0 });
    hear({ kind: 'paused', turn: 0, text: 'What is new?' });
    hear({ kind: 'stopped', turn: 0, atMs: 1000 });
    hear({ kind: 'final', turn: 0, text: 'What is new?' });
    send({ type: 'response.create' });
    await expect.poll(() => asked.length).toBe(1);
    expect(types().filter((type) => type === 'response.created')).toHaveLength(1);
  });
});
