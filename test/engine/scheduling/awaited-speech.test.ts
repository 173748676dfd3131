import { describe, expect, it } from 'vitest';
import { SentenceCutter } from '../../../src/conversation/sentence-cutter.ts';
import { AwaitedSpeech } from '../../../src/engine/scheduling/awaited-speech.ts';
import { createFairQueue, type Waiter } from '../../../src/engine/scheduling/fair-queue.ts';
import { createPace, createSlack } from '../../../src/engine/scheduling/pace.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';

const jobMs = 200;
const characters = 20;
const newcomer: Waiter = { characters };

function awaited() {
  const clock = createFakeClock();
  const pace = createPace();
  pace.measure(jobMs, characters);
  return { clock, speech: new AwaitedSpeech(clock, pace) };
}

describe('a newcomer before speech whose next words are still being written', () => {
  it('waits where it would take the slot that they need, and not where there is another', () => {
    const { speech } = awaited();
    speech.note({ nextDeadline: () => 400 });
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(true);
    expect(speech.holdsBack(newcomer, 0, 2)).toBe(false);
    expect(speech.holdsBack({ ...newcomer, heard: true }, 0, 1)).toBe(false);
  });

  it('goes where there is time for both, nobody listens any more, or nothing follows', () => {
    const { clock, speech } = awaited();
    let deadline: number | undefined = 2000;
    speech.note({ nextDeadline: () => deadline });
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(false);
    clock.advance(1500);
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(true);
    clock.advance(500); // its model takes its time: nobody knows how long
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(false);
    deadline = 2300;
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(true);
    deadline = undefined;
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(false);
    deadline = 2300; // it was forgotten
    expect(speech.holdsBack(newcomer, 0, 1)).toBe(false);
  });

  it('is not held back for ever', () => {
    const { speech } = awaited();
    speech.note({ nextDeadline: () => 400 });
    expect(speech.holdsBack(newcomer, 999, 1)).toBe(true);
    expect(speech.holdsBack(newcomer, 1000, 1)).toBe(false);
  });
});

const MS_A_WORD = 300;
const TOKEN_MS = 1000 / 30;
const SLOTS = 4;
const PAUSE_MS = { clause: 120, sentence: 250, paragraph: 500 };
const answer =
  'That is a good question, and I am glad that you ask. The weather stays fine until the evening. Then there may be rain.';

interface Piece {
  readonly words: number;
  readonly length: number;
  readonly pauseMs: number;
  readonly writtenAt: number;
}

/** What a model writes that begins after 150 ms. */
function piecesOf(text: string): Piece[] {
  const cutter = new SentenceCutter();
  const tokens = text.match(/\s*\S{1,6}|\s+/gu) ?? [];
  const cut = tokens.flatMap((token, index) => cutter.push(token).map((piece) => ({ ...piece, index })));
  const all = [...cut, ...cutter.end().map((piece) => ({ ...piece, index: tokens.length }))];
  return all.map(({ text: piece, pause, index }) => ({
    words: piece.trim().split(' ').length,
    length: piece.length,
    pauseMs: PAUSE_MS[pause],
    writtenAt: 150 + index * TOKEN_MS,
  }));
}

/** Conversations that ask in the same moment, before slots that take a tenth of the time of what they speak. @returns how often somebody fell silent */
function converse(sessions: number, holds: boolean): number {
  const clock = createFakeClock();
  const pace = createPace();
  const queue = createFairQueue<{ readonly waiter: Waiter; readonly since: number; speak(): void }>(
    createSlack(clock, pace, () => SLOTS),
  );
  const speech = new AwaitedSpeech(clock, pace);
  let free = SLOTS;
  let silences = 0;
  const pass = (): void => {
    for (const entry of queue.inOrder()) {
      const { waiter, since } = entry;
      if (free === 0) return;
      if (holds && speech.holdsBack(waiter, clock.now() - since, free)) continue;
      free -= 1;
      queue.serve(entry);
      speech.note(waiter);
      entry.speak();
      pass();
      return;
    }
    if (queue.size > 0) clock.alarm(50, pass);
  };
  const converseOnce = (pieces: readonly Piece[]): void => {
    let heardUntil: number | undefined;
    let waitsForWords = true;
    const nextDeadline = (): number | undefined => (waitsForWords ? heardUntil : Number.POSITIVE_INFINITY);
    const open = (at: number): void => {
      const piece = pieces[at];
      waitsForWords = piece !== undefined;
      if (!piece) return;
      const ask = (): void => {
        waitsForWords = false;
        const audioMs = piece.words * MS_A_WORD;
        const playbackDeadline = (): number => heardUntil ?? clock.now();
        const heard = heardUntil !== undefined;
        const began = clock.now();
        const speak = (): void =>
          void clock.alarm(audioMs / 10, () => {
            free += 1;
            pace.measure(clock.now() - began, piece.length);
            const pauseMs = pieces[at - 1]?.pauseMs ?? 0;
            if (heardUntil !== undefined && clock.now() - heardUntil > 20) silences += 1;
            heardUntil = Math.max(heardUntil ?? 0, clock.now()) + pauseMs + audioMs;
            open(at + 1);
            pass();
          });
        const waiter = { heard, playbackDeadline, nextDeadline, characters: piece.length };
        queue.add({ waiter, since: clock.now(), speak }, waiter);
        pass();
      };
      if (piece.writtenAt <= clock.now()) ask();
      else clock.alarm(piece.writtenAt - clock.now(), ask);
    };
    open(0);
  };
  for (let n = 0; n < sessions; n++) converseOnce(piecesOf(`Answer ${n}. ${answer}`));
  clock.advance(60_000);
  expect(queue.size).toBe(0);
  return silences;
}

it('keeps twenty conversations at once from falling silent before four slots, in virtual time', () => {
  expect(converse(20, false)).toBeGreaterThan(0);
  expect(converse(20, true)).toBe(0);
});
