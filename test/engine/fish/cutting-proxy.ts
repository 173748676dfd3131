import { connect, createServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';

/** A TCP relay before an origin that can do to a connection what idle timeouts, crashes and networks do. */
export interface CuttingProxy {
  readonly url: string;
  /** The next bytes on a connection that has already carried some reset it, once. */
  cutNextReuse(): void;
  readonly cuts: number;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let armed = false;
  let cuts = 0;
  const server = createServer((client) => {
    const origin = connect(Number(port), hostname);
    let answered = false;
    for (const socket of [client, origin]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => {
      if (armed && answered) {
        armed = false;
        cuts++;
        client.resetAndDestroy();
        origin.destroy();
      } else origin.write(bytes);
    });
    origin.on('data', (bytes) => {
      answered = true;
      client.write(bytes);
    });
    origin.on('close', () => client.destroy());
    client.on('close', () => origin.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    cutNextReuse() {
      armed = true;
    },
    get cuts() {
      return cuts;
    },
  };
}
