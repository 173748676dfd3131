import { setTimeout as sleep } from 'node:timers/promises';
import type { AttackCase, Setup } from '../case.ts';
import { closedWithin, drained, mustOpen, openLive, start, textMessage } from '../live.ts';
import { bearer } from '../servers.ts';
import { open } from '../setups.ts';

const MB = 1_000_000;
const holdMs = 3000;

/** `limits.max_receiving`, where the server has it: what of all bodies that are not whole yet may be held. */
const budget: Setup = { keys: ['honest', 'greedy'], env: { FISH_MAX_RECEIVING: '128MiB' } };
const greedy = `Authorization: ${bearer('greedy').authorization}\r\n`;
/** The budget, twice (as chunks and as the whole of one), and what the runtime keeps for later. */
const budgetGrowthMB = 300;
/** Of messages that a runtime does not tell of before they are whole: docs/runtimes.md says what bounds them. */
const untoldGrowthMB = 15 * 31 + 100;

export const receivingCases: readonly AttackCase[] = [
  {
    name: 'stalled-uploads',
    tries: '60 uploads of 31 MB that stop before their end, with a budget of 128 MiB for all',
    setup: budget,
    growthMB: budgetGrowthMB,
    async run(arena) {
      const { client, tally } = arena;
      const uploads = arena.count(60, 30);
      const size = 31 * MB;
      const piece = Buffer.alloc(size - 1000, 0x20);
      let open = uploads;
      for (let index = 0; index < uploads; index++) {
        const socket = client.connect();
        socket.resume().once('close', () => open--);
        socket.write(
          `POST /v1/tts HTTP/1.1\r\nHost: x\r\n${greedy}Content-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`,
        );
        socket.write(piece);
        tally.sent++;
        if (index % 10 === 9) await sleep(200);
      }
      await sleep(holdMs);
      tally.saw('held', open);
      tally.saw('let go', uploads - open);
      // Beside them another client is served.
      const body = { text: 'Beside them.', references: [] };
      const reply = await client.json('/v1/tts', body, { headers: bearer('honest'), deadlineMs: 20_000 });
      tally.check(reply.status === 200, `an honest request beside them got ${reply.status || reply.end}`);
    },
  },
  {
    name: 'unfinished-messages',
    tries: '15 socket messages of 31 MB that stop before their end',
    setup: budget,
    growthMB: budgetGrowthMB,
    growthMBOn: { deno: untoldGrowthMB, workers: untoldGrowthMB },
    async run(arena) {
      const { tally, client } = arena;
      const sockets = 15;
      let closed = 0;
      for (let index = 0; index < sockets; index++) {
        const socket = client.connect();
        socket.resume().once('close', () => closed++);
        socket.write(
          `GET /v1/tts/live HTTP/1.1\r\nHost: x\r\n${greedy}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
            'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
        await sleep(50);
        const head = Buffer.alloc(14); // RFC 6455, 5.2: a final binary frame of 31 MB with a mask of zeros
        head.writeUInt8(0x82, 0);
        head.writeUInt8(0xff, 1);
        head.writeBigUInt64BE(BigInt(31 * MB), 2);
        socket.write(head);
        socket.write(Buffer.alloc(31 * MB - 1000));
        tally.sent++;
      }
      await sleep(holdMs);
      tally.saw('closed', closed);
      tally.saw('held', sockets - closed);
    },
  },
  {
    name: 'large-message',
    tries: 'a message of 2 MB after start: at most 1 MiB is taken',
    setup: open,
    async run(arena) {
      const session = await mustOpen(arena);
      start(session);
      session.socket.send(textMessage('Words and words. '.repeat(125_000)));
      arena.tally.sent++;
      const code = await closedWithin(session, 20_000);
      arena.tally.saw(code === undefined ? 'taken' : `closed with ${code}`);
      arena.tally.check(code !== undefined, 'a message of 2 MB was taken');
      session.socket.terminate();
    },
  },
  {
    name: 'socket-noise',
    tries: 'sockets that send noise, text frames, starts over and over, and 200 small messages each',
    setup: open,
    async run(arena) {
      const sockets = arena.count(100, 30);
      const noises: readonly (string | Uint8Array)[] = [
        'hello',
        Uint8Array.of(0xc1),
        Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
        new Uint8Array(100_000).fill(0x91),
        textMessage('Too early.'),
        new Uint8Array(0),
      ];
      for (let index = 0; index < sockets; index++) {
        const opened = await openLive(arena);
        if (!('session' in opened)) continue;
        const { session } = opened;
        const noise = noises[index % noises.length] ?? '';
        if (index % 3 === 0 && index % noises.length < 4) start(session); // the others are a start, or text, too many
        for (let time = 0; time < 200; time++) session.socket.send(noise);
        arena.tally.sent += 200;
        await drained(session, MB);
        const code = await closedWithin(session, 20_000);
        arena.tally.saw(code === undefined ? 'still open' : `closed with ${code}`);
        arena.tally.check(code !== undefined, 'a session went on after noise');
        session.socket.terminate();
      }
    },
  },
];
