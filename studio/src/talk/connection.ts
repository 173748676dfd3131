import { signal } from '@preact/signals';
import { addressOf, apiKey, ask, Failure } from '../api/server.ts';

/** Seconds. */
const FIRST_WAIT = 1;
const MAX_WAIT = 30;
const PING_MS = 30_000;

export type Link = 'connecting' | 'open' | 'waiting' | 'absent' | 'closed';

interface ConnectionListener {
  event(type: string, fields: Readonly<Record<string, unknown>>): void;
  audio(pcm: Int16Array<ArrayBuffer>): void;
  opened(): void;
  /** What was going on is over: whatever is opened next is another session. */
  lost(): void;
}

/** The conversation's WebSocket. One that was lost is opened again, later each time. */
export class Connection {
  readonly link = signal<Link>('connecting');
  /** Seconds until the next try. */
  readonly wait = signal(0);
  private readonly listener: ConnectionListener;
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextWait = FIRST_WAIT;

  constructor(listener: ConnectionListener) {
    this.listener = listener;
    this.open();
  }

  /** What is sent while there is no connection is lost. */
  send(type: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, data }));
  }

  sendAudio(pcm: Int16Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(pcm);
  }

  close(): void {
    this.link.value = 'closed';
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  open(): void {
    clearTimeout(this.timer);
    this.link.value = 'connecting';
    const address = new URL(addressOf('ws'));
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    if (apiKey.value !== '') address.searchParams.set('api_key', apiKey.value); // a page can send no header here
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    let ping: ReturnType<typeof setInterval> | undefined;
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      this.nextWait = FIRST_WAIT;
      this.link.value = 'open';
      ping = setInterval(() => this.send('ping'), PING_MS);
      this.listener.opened();
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return this.listener.audio(new Int16Array(data as ArrayBuffer));
      const { type, ...fields } = JSON.parse(data) as { readonly type: string };
      this.listener.event(type, fields);
    };
    socket.onclose = () => {
      clearInterval(ping);
      if (wasOpen && this.socket === socket) this.listener.lost();
      if (this.link.value !== 'closed' && this.socket === socket) void this.lost(wasOpen);
    };
  }

  private async lost(wasOpen: boolean): Promise<void> {
    const why = wasOpen ? undefined : await whyNot();
    if (this.link.value === 'closed') return;
    if (why) {
      this.link.value = why;
      return;
    }
    this.link.value = 'waiting';
    this.wait.value = this.nextWait;
    this.nextWait = Math.min(MAX_WAIT, this.nextWait * 2);
    const tick = (): void => {
      this.wait.value -= 1;
      if (this.wait.value <= 0) this.open();
      else this.timer = setTimeout(tick, 1000);
    };
    this.timer = setTimeout(tick, 1000);
  }
}

/** A handshake that fails says nothing to pages; a plain request to the same address does. */
async function whyNot(): Promise<'absent' | 'closed' | undefined> {
  try {
    await ask('ws');
  } catch (error) {
    if (error instanceof Failure && error.kind === 'missing') return 'absent';
    if (error instanceof Failure && error.kind === 'key') return 'closed'; // the page asks for it
  }
  return undefined;
}
