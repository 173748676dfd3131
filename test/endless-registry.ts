import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A registry of npm whose packages begin, and never end. */
export interface EndlessRegistry {
  readonly url: string;
  /** Tarballs that somebody still takes. */
  readonly open: number;
  close(): Promise<void>;
}

export async function startEndlessRegistry(): Promise<EndlessRegistry> {
  let open = 0;
  let url = '';
  const server: Server = createServer((request, response) => {
    if (!request.url?.endsWith('.tgz')) {
      const version = '0.0.31';
      const dist = { tarball: `${url}endless.tgz` };
      const versions = { [version]: { name: '@ricky0123/vad-web', version, dist } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: '@ricky0123/vad-web', versions }));
      return;
    }
    open++;
    response.on('close', () => open--);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.write(new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])); // the head of a gzip file
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    get open() {
      return open;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
