import type { Socket, Upgrade } from '../../core/ports.ts';

/** The part of Cloudflare's API that is used here (https://developers.cloudflare.com/workers/runtime-apis/websockets/). */
interface CloudflareSocket extends WebSocket {
  accept(): void;
}

declare const WebSocketPair: new () => { readonly 0: WebSocket; readonly 1: CloudflareSocket };

/** The answer that makes a socket of the connection, and the socket. */
export function openSocket(upgrade: Upgrade, answer: Response): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = 'arraybuffer';
  server.accept();
  const listener = upgrade.opened(toSocket(server));
  let isOver = false;
  const close = (): void => {
    if (!isOver) listener.closed();
    isOver = true;
  };
  server.addEventListener('message', ({ data }) => {
    listener.message(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
  });
  server.addEventListener('close', close);
  server.addEventListener('error', close);
  const { headers } = answer;
  return new Response(null, { status: 101, headers, webSocket: client } as ResponseInit);
}

function toSocket(socket: WebSocket): Socket {
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    waiting: () => undefined,
    close(code, reason) {
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
    },
  };
}
