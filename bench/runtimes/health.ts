import { connect } from 'node:net';
import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import type { Bench, Figure } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { sum } from '../statistics.ts';
import { withServer } from './loaded-server.ts';

const connections = 32;
const seconds = 2;
const warmUpSeconds = 0.5;
const rounds = { full: 5, quick: 1 } as const;
const msPerSecond = 1000;

export const health: Bench = {
  title: 'health',
  about:
    `Answers of GET /v1/health in ${seconds} s over ${connections} kept-alive connections, each with one request at a ` +
    'time, after half a second that does not count. The client shares the cores with the server.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'health', rounds, measure);
    const figures = [...samples].map(
      ([runtime, taken]): Figure => ({ cells: [runtimeName(runtime)], unit: '/s', samples: taken }),
    );
    return [{ title: 'Requests per second', headings: ['runtime'], figures }];
  },
};

function measure(runtime: Runtime): Promise<number> {
  return withServer(runtime, async (_, { through }) => {
    await countAnswers(through, warmUpSeconds);
    return (await countAnswers(through, seconds)) / seconds;
  });
}

async function countAnswers(url: string, during: number): Promise<number> {
  const end = performance.now() + during * msPerSecond;
  const counts = await Promise.all(Array.from({ length: connections }, () => askUntil(end, new URL(url))));
  return sum(counts);
}

/** One connection, by hand: an HTTP client in JavaScript would be slower than some of the servers. */
function askUntil(end: number, { hostname, port, host }: URL): Promise<number> {
  const question = `GET /v1/health HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('no answer in time')));
    let count = 0;
    let answer = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a kept-alive connection')));
    socket.on('connect', () => socket.write(question));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!isWhole(answer)) return;
      if (!answer.startsWith('HTTP/1.1 200')) return void socket.destroy(new Error(answer.slice(0, 200)));
      answer = '';
      if (performance.now() < end) {
        count++;
        socket.write(question);
        return;
      }
      resolve(count);
      socket.destroy();
    });
  });
}

const DEADLINE_MS = 10_000;

/** RFC 9112, 6.3: by its Content-Length, or by the last chunk. */
function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd)) ?? [];
  return length === undefined
    ? answer.endsWith('\r\n0\r\n\r\n')
    : answer.length >= headEnd + 4 + Number(length);
}
