import { connect } from 'node:net';
import { sum } from '../statistics.ts';

/** Connections that ask at once, each with one request at a time. */
export const connections = 32;
const msPerSecond = 1000;

/** How many answers come within `seconds`. @param question an HTTP/1.1 request to `host` */
export async function countAnswers(
  url: string,
  question: (host: string) => string,
  seconds: number,
): Promise<number> {
  const end = performance.now() + seconds * msPerSecond;
  const each = (): Promise<number> => askUntil(end, new URL(url), question);
  return sum(await Promise.all(Array.from({ length: connections }, each)));
}

/** One connection, by hand: an HTTP client in JavaScript would be slower than some of the servers. */
function askUntil(
  end: number,
  { hostname, port, host }: URL,
  question: (host: string) => string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('no answer in time')));
    let count = 0;
    let answer = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a kept-alive connection')));
    socket.on('connect', () => socket.write(question(host)));
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!isWhole(answer)) return;
      if (!answer.startsWith('HTTP/1.1 200')) return void socket.destroy(new Error(answer.slice(0, 200)));
      answer = '';
      if (performance.now() < end) {
        count++;
        socket.write(question(host));
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
