import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { RunningServer } from '../../test/conformance/server.ts';
import { type FakeModel, startFakeModel } from '../../test/fake-model.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../../test/fake-transcriber.ts';
import { lastingPort } from '../../test/free-port.ts';
import type { Arena, AttackCase } from '../case.ts';
import { many, onlyLoopback } from '../client.ts';
import { open as openSetup } from '../setups.ts';

const atOnce = 20;
/** What was dropped is let go within this time. */
const restMs = 20_000;
/** Files, sockets and pipes that a server may have opened meanwhile for itself. */
const otherHandles = 10;
/** Of JavaScript's heap, in MB, once its garbage is collected. */
const heapGrowthMB = 5;
const bytesPerMB = 1e6;
/** 100 ms of a tone at 16 kHz, for microphones. */
const tone: Uint8Array = new Uint8Array(
  Int16Array.from({ length: 1600 }, (_, at) => 12_000 * Math.sin(at / 8)).buffer,
);

const chatSays = ['[[endless]] [[tokensPerSecond=30]] Never stop.', 'A story, please.'];

/** What a client has sent when it drops its socket. */
const manners: readonly { readonly path: string; readonly send: (socket: WebSocket) => void }[] = [
  ...chatSays.map((text) => ({
    path: '/ws',
    send: (socket: WebSocket): void => socket.send(JSON.stringify({ type: 'user_message', text })),
  })),
  {
    path: '/ws',
    send(socket) {
      socket.send('{"type":"start_listening"}');
      for (let piece = 0; piece < 5; piece++) socket.send(tone);
    },
  },
  {
    path: '/v1/realtime?model=any',
    send(socket) {
      const content = [{ type: 'input_text', text: chatSays[0] }];
      const item = { type: 'message', role: 'user', content };
      socket.send(JSON.stringify({ type: 'conversation.item.create', item }));
      socket.send('{"type":"response.create"}');
    },
  },
  {
    path: '/v1/realtime?intent=transcription',
    send(socket) {
      const audio = Buffer.from(tone).toString('base64');
      for (let piece = 0; piece < 5; piece++)
        socket.send(JSON.stringify({ type: 'input_audio_buffer.append', audio }));
    },
  },
];

/** Opens a session, says something in it, and is gone: now, or once something is answered. */
async function drop(url: string, index: number): Promise<void> {
  const { path, send } = manners[index % manners.length] ?? manners[0] ?? { path: '', send() {} };
  const socket = new WebSocket(`${onlyLoopback(url).origin.replace('http', 'ws')}${path}`);
  socket.on('error', () => {}); // it is its own doing
  await once(socket, 'open');
  send(socket);
  if (index % 2 === 0) await Promise.race([once(socket, 'message'), sleep(200)]);
  if (index % 3 === 0) socket.close();
  else socket.terminate();
  await once(socket, 'close');
}

/** Bytes that are in use after all garbage was collected (Chrome DevTools Protocol, HeapProfiler and Runtime). */
async function usedHeap(inspector: number): Promise<number> {
  const list = await fetch(`http://127.0.0.1:${inspector}/json/list`);
  const [target] = (await list.json()) as { readonly webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await once(socket, 'open');
  const call = async (method: string): Promise<unknown> => {
    socket.send(JSON.stringify({ id: 1, method }));
    const [data] = await once(socket, 'message');
    return (JSON.parse(String(data)) as { readonly result: unknown }).result;
  };
  await call('HeapProfiler.collectGarbage');
  await call('HeapProfiler.collectGarbage'); // what was finalised by the first
  const { usedSize } = (await call('Runtime.getHeapUsage')) as { readonly usedSize: number };
  socket.close();
  return usedSize;
}

/** What a server holds, by its own metrics and by its system. */
interface Held {
  readonly sessions: number;
  readonly speeches: number;
  /** 0 where the system does not tell. */
  readonly handles: number;
}

async function look({ runtime }: Arena, server: RunningServer): Promise<Held> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const gauge = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  const tellsHandles = process.platform === 'linux' && runtime !== 'workers'; // there a child has them
  return {
    sessions: gauge('fish_edge_websocket_sessions'),
    speeches: gauge('fish_edge_queue_depth') + gauge('fish_edge_queue_running'),
    handles: tellsHandles ? readdirSync(`/proc/${server.pid}/fd`).length : 0,
  };
}

/** Drops sessions of all kinds, and checks what is left of them. */
async function dropAll(arena: Arena, model: FakeModel, transcriber: FakeTranscriber): Promise<void> {
  const { tally, origin } = arena;
  const env = {
    FISH_BACKEND: origin.url,
    FISH_CACHE: 'off',
    FISH_CLIENT_SHARE: '100',
    FISH_TRANSCRIPTION_URL: transcriber.url,
    LLM_BASE_URL: model.url,
  };
  const inspector = arena.runtime === 'node' ? await lastingPort() : undefined;
  const args = inspector === undefined ? [] : [`--inspect=127.0.0.1:${inspector}`];
  const server = await arena.own.start(env, await arena.own.folder(), args); // no voices: turns are found by loudness
  /** What is left when nothing goes on any more, or when it is clear that something does. */
  const rest = async (): Promise<Held & { readonly heapMB: number }> => {
    for (const until = Date.now() + restMs; ; ) {
      const held = await look(arena, server);
      const isQuiet = held.sessions + held.speeches + model.running + origin.queued === 0;
      if (isQuiet || Date.now() > until)
        return { ...held, heapMB: inspector === undefined ? 0 : (await usedHeap(inspector)) / bytesPerMB };
      await sleep(100);
    }
  };
  await many(5 * atOnce, atOnce, (index) => drop(server.url, index)); // so that all is loaded
  const before = await rest();
  const sessions = arena.count(1000, 100);
  await many(sessions, atOnce, async (index) => {
    await drop(server.url, index);
    tally.sent++;
    tally.saw('left');
  });
  const after = await rest();
  tally.check(after.sessions === 0, `${after.sessions} sessions are left`);
  tally.check(after.speeches === 0, `${after.speeches} speeches wait or are made`);
  tally.check(model.running === 0, `the model still writes ${model.running} answers`);
  tally.check(origin.queued === 0, `the origin still speaks ${origin.queued} texts`);
  const handles = after.handles - before.handles;
  tally.check(handles <= otherHandles, `${handles} more handles are open`);
  const heapMB = after.heapMB - before.heapMB;
  tally.check(heapMB <= heapGrowthMB, `the heap grew by ${heapMB.toFixed(1)} MB`);
  const told = inspector === undefined ? '' : `, ${heapMB.toFixed(1)} MB of heap`;
  tally.note(`${sessions} sessions left ${handles} handles${told}`);
}

export const conversationCases: readonly AttackCase[] = [
  {
    name: 'conversations-dropped',
    tries: 'a thousand conversations are opened, and dropped in the middle of what is said or heard',
    setup: openSetup,
    async run(arena) {
      const [model, transcriber] = [await startFakeModel(), await startFakeTranscriber()];
      try {
        await dropAll(arena, model, transcriber);
      } finally {
        await Promise.all([model.close(), transcriber.close()]);
      }
    },
  },
];
