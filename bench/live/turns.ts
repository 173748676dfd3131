import { LISTENING_RATE } from '../../src/core/conversation.ts';
import { startServer } from '../../test/conformance/server.ts';
import { recordSpeech, room, speakInto } from '../../test/conversation/microphone.ts';
import { startFakeModel } from '../../test/fake-model.ts';
import { type Bench, countOf, defaultPack, type Figure, type Setup, type Table } from '../bench.ts';
import { ChatSocket } from './chat-socket.ts';

/** How the model writes: what a hosted one of 8 billion weights does. */
export const model = { firstTokenMs: 150, tokensPerSecond: 30 };
export const answer =
  'That is a good question, and I am glad that you ask. The weather stays fine until the evening. Then there may be rain.';
const questions = [
  'What will the weather be like today?',
  'Should I take an umbrella to the station?',
  'Is it going to rain in the afternoon?',
];
/** What the server waits for by itself, before it takes a turn to be over. */
const silenceMs = 700;
const rounds = { full: 9, quick: 3 };
const roomSeconds = 6;
/** Quieter samples are no speech: the voice ends in a little silence. */
const speechLevel = 300;

/** A turn of the user, in milliseconds since the last of its sound. */
interface Turn {
  readonly text: number;
  readonly token: number;
  readonly audio: number;
  /** From the interruption to the last frame that came. */
  readonly interrupted: number;
}

export const turns: Bench = {
  title: 'one conversation',
  about:
    `A microphone in real time on Node, with the embedded voice and recogniser, and a scripted model whose first token comes after ${model.firstTokenMs} ms and which writes ` +
    `${model.tokensPerSecond} tokens a second. The server takes a turn to be over after ${silenceMs} ms of silence. Each answer is interrupted by message after its first frames. ` +
    'Each question is asked of two servers, one after the other: one begins to answer in the silence, as by default, the other when it is over.',
  async run(setup) {
    const { early, late } = await measure(setup);
    return [firstAudioOf(early, late), interruptOf([...early, ...late])];
  },
};

interface Measured {
  /** Of the server that begins to answer before the silence is over. */
  readonly early: readonly Turn[];
  readonly late: readonly Turn[];
}

async function measure(setup: Setup): Promise<Measured> {
  const spoken = (await recordSpeech(questions)).map(withoutSilence);
  const fake = await startFakeModel({ script: model, reply: () => answer });
  const measured = { early: [] as Turn[], late: [] as Turn[] };
  const env = {
    FISH_DATA_DIR: setup.dataDir,
    FISH_VOICE: defaultPack(setup).id,
    FISH_CACHE: 'off',
    FISH_ENGINE: 'onnx',
    LLM_BASE_URL: fake.url,
  };
  const late = await startServer('node', { env: { ...env, FISH_LISTENING_EARLY_ANSWERS: '0' } });
  const early = await startServer('node', { env });
  try {
    const chats = { late: await ChatSocket.open(late.url), early: await ChatSocket.open(early.url) };
    for (let round = 0; round <= countOf(setup, rounds); round++) {
      setup.say(`turn ${round}`);
      for (const which of ['late', 'early'] as const) {
        const turn = await takeTurn(chats[which], spoken[round % spoken.length] ?? new Uint8Array(0));
        if (round > 0) measured[which].push(turn); // the first one loads the models
      }
    }
    await Promise.all(Object.values(chats).map((chat) => chat.close()));
  } finally {
    await Promise.all([late.stop(), early.stop()]);
    await fake.close();
  }
  return measured;
}

async function takeTurn(chat: ChatSocket, question: Uint8Array): Promise<Turn> {
  chat.send('start_listening');
  const microphone = { push: (pcm: Uint8Array): void => chat.hear(pcm) };
  await speakInto(microphone, room(0.5));
  await speakInto(microphone, question);
  const endMs = performance.now();
  const silence = speakInto(microphone, room(roomSeconds));
  const text = await chat.until('stt_finished', endMs);
  const token = await chat.until('text_chunk', endMs);
  const audio = await chat.until('binary', endMs);
  const interruptMs = performance.now();
  chat.send('interrupt');
  await chat.until('audio_complete', interruptMs);
  await silence; // what came late is among the arrivals by now
  chat.send('stop_listening');
  const last = chat.arrivals.findLast(({ type }) => type === 'binary')?.atMs ?? interruptMs;
  return {
    text: text.atMs - endMs,
    token: token.atMs - endMs,
    audio: audio.atMs - endMs,
    interrupted: Math.max(0, last - interruptMs),
  };
}

/** Up to its last loud sample. */
function withoutSilence(pcm: Uint8Array): Uint8Array {
  const samples = new Int16Array(pcm.slice().buffer);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > speechLevel);
  return pcm.subarray(0, 2 * (last + 1 - ((last + 1) % (LISTENING_RATE / 1000))));
}

function firstAudioOf(early: readonly Turn[], late: readonly Turn[]): Table {
  const figuresOf = (when: string, measured: readonly Turn[], goal?: Figure['goal']): Figure[] => {
    const figure = (part: string, of: (turn: Turn) => number, aim?: Figure['goal']): Figure => {
      return { cells: [when, part], unit: 'ms', samples: measured.map(of), goal: aim };
    };
    return [
      figure('to the text of the turn, with the silence', ({ text }) => text),
      figure('from there to the first token', ({ text, token }) => token - text),
      figure('from there to the first frame of audio', ({ token, audio }) => audio - token),
      figure('all', ({ audio }) => audio, goal),
    ];
  };
  const ours: Figure = {
    cells: ['after it', 'all but the silence and the first token'],
    unit: 'ms',
    samples: late.map(({ audio }) => audio - silenceMs - model.firstTokenMs),
    goal: { below: 400 },
  };
  return {
    title: 'End of speech to first audio',
    headings: ['answer begun', 'part'],
    figures: [...figuresOf('in the silence', early, { below: 800 }), ...figuresOf('after it', late), ours],
  };
}

function interruptOf(measured: readonly Turn[]): Table {
  const samples = measured.map(({ interrupted }) => interrupted);
  const figures: Figure[] = [{ cells: ['last frame of audio'], unit: 'ms', samples, goal: { below: 60 } }];
  return { title: 'Interruption to', headings: ['what'], figures };
}
