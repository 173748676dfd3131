import type { Engine } from '../engine/engine.ts';
import type { Ports } from '../ports.ts';
import type { Logger } from '../telemetry/log.ts';

/** What the HTTP layer needs to know. Times are milliseconds, sizes bytes, lengths code points. */
export interface HttpOptions {
  readonly engine: Engine;
  readonly ports: Pick<Ports, 'wasm' | 'clock' | 'relay'>;
  readonly log: Logger;
  readonly apiKey: string;
  readonly readTimeout: number;
  readonly writeTimeout: number;
  readonly limits: Limits;
  /** False while the server drains: new requests get 503. */
  readonly accepting: () => boolean;
  /** Told of each response's end, when its last byte left or never will. */
  readonly onEnd: () => void;
}

export interface Limits {
  /** 0 is no limit of its own. */
  readonly maxTextLength: number;
  readonly maxInputLength: number;
  readonly chunkLengthMax: number;
  readonly maxBody: number;
  readonly maxReferences: number;
  readonly maxReferenceBytes: number;
  readonly maxWholeAudio: number;
}
