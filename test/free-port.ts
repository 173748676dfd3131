import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** Linux gives ports from here on to whoever asks for any, and to every connection that is opened. */
function firstGiven(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]) || 32_768;
  } catch {
    return 32_768;
  }
}

/** A free loopback port that the system gives to nobody: a server that goes away finds it free when it comes back. */
export async function lastingPort(): Promise<number> {
  const end = firstGiven();
  const begin = Math.max(1024, end - 12_000);
  for (let tries = 0; tries < 100; tries++) {
    const port = begin + Math.floor(Math.random() * (end - begin));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('There is no free port.');
}
