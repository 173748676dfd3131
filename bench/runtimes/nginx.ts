import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, spawnProgram } from '../processes.ts';
import { type Ways, withOrigin } from './loaded-server.ts';

const program = '/usr/sbin/nginx';
const pollMs = 20;
const deadlineMs = 10_000;

/** Debian's package `nginx`. */
export function hasNginx(): boolean {
  return existsSync(program);
}

/** Runs `work` with nginx as a proxy that does nothing but hand on, in front of a fresh origin, and ends both. */
export function withNginx<Result>(
  work: (proxy: { readonly pid: number }, ways: Ways) => Promise<Result>,
): Promise<Result> {
  return withOrigin(async (direct) => {
    const folder = mkdtempSync(join(tmpdir(), 'fish-edge-nginx-'));
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), configuration(port, direct));
    const proxy = spawnProgram(program, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr']);
    try {
      const through = `http://127.0.0.1:${port}`;
      await answers(through);
      return await work({ pid: proxy.pid ?? 0 }, { direct, through });
    } finally {
      await endProcess(proxy, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function configuration(port: number, origin: string): string {
  return `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 2048; }
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  keepalive_requests 1000000;
  upstream origin { server ${new URL(origin).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Waits until it listens. */
async function answers(url: string): Promise<void> {
  for (const end = performance.now() + deadlineMs; ; await sleep(pollMs)) {
    const isUp = await fetch(url, { method: 'POST', body: '{}' }).then(
      async (response) => (await response.arrayBuffer()).byteLength > 0,
      () => false,
    );
    if (isUp) return;
    if (performance.now() > end) throw new Error('nginx does not answer');
  }
}
