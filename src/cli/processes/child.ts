import cluster from 'node:cluster';
import type { Config } from '../../config/config.ts';
import type { OtherProcesses } from '../../core/ports.ts';
import { type ChildRole, type Counts, roleVariable, type ToChild, type ToParent } from './messages.ts';

/** What a process is among several of one server. */
export interface Child extends ChildRole {
  /** Its settings: all share one port, one secret, and state that outlives each of them. */
  adapt(config: Config): Config;
  ready(port: number): void;
  /** Calls `stop` once, whoever asks for it, and `kill` where nobody is to wait any longer. */
  onStop(stop: (why: string) => void, kill: () => void): void;
  readonly others: OtherProcesses;
}

const ANSWER_MS = 2000;

/** Undefined where this process serves alone, or is the one that starts the others. */
export function childOf(env: NodeJS.ProcessEnv): Child | undefined {
  const text = env[roleVariable];
  if (!text || !process.send) return undefined;
  const role = JSON.parse(text) as ChildRole;
  const tell = (message: ToParent): void => void process.send?.(message, () => {}); // a parent that is gone is told of by 'disconnect'
  const onMessage = (listener: (message: ToChild) => void): void => void process.on('message', listener);
  let isAsked = false; // maybe while it still starts
  onMessage(({ type }) => {
    isAsked ||= type === 'stop';
  });
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true; // else Node ends it with its parent, in the middle of speech
  return {
    ...role,
    adapt: (config) => adapted(config, role),
    ready: (port) => tell({ type: 'ready', port }),
    onStop(stop, kill) {
      let isStopping = false;
      // A terminal, or a service manager, signals all of a group: one stop may come in several ways.
      const once = (why: string): void => {
        if (!isStopping) stop(why);
        isStopping = true;
      };
      if (isAsked) once('stop');
      process.on('SIGTERM', once);
      process.on('SIGINT', once);
      process.on('disconnect', () => once('its parent is gone'));
      onMessage(({ type }) => {
        if (type === 'stop') once('stop');
        if (type === 'kill') kill();
      });
    },
    others: othersOf(tell, onMessage),
  };
}

function othersOf(
  tell: (message: ToParent) => void,
  onMessage: (listener: (message: ToChild) => void) => void,
): OtherProcesses {
  const waiting = new Map<string, (all: readonly Counts[]) => void>();
  onMessage((message) => {
    if (message.type === 'counts') waiting.get(message.ask)?.(message.all);
  });
  const ask = (own: Counts): Promise<readonly Counts[]> => {
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      const end = (all: readonly Counts[]): void => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(all);
      };
      const timer = setTimeout(() => end([]), ANSWER_MS);
      waiting.set(id, end);
      tell({ type: 'counts?', ask: id, own });
    });
  };
  return {
    onCount(read) {
      onMessage((message) => {
        if (message.type !== 'count') return;
        const { ask: id } = message;
        read().then(
          (counts) => tell({ type: 'counted', ask: id, counts }),
          () => {}, // whoever asks waits no longer than for the others
        );
      });
    },
    async total(own) {
      const others = await ask(own);
      const { default: AggregatorRegistry } = await import('prom-client/lib/cluster.js');
      return AggregatorRegistry.aggregate([...others, own] as object[]).metrics();
    },
  };
}

function adapted(config: Config, { port, secret }: ChildRole): Config {
  const listen = config['server.listen'];
  return Object.freeze({
    ...config,
    'server.listen': listen.port === 0 && port !== undefined ? { ...listen, port } : listen,
    'state.store': config['state.store'] === 'auto' ? 'sqlite' : config['state.store'],
    'links.secret': config['links.secret'] || secret,
  });
}
