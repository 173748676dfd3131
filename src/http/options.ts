import type { Hono } from 'hono';
import type { LanguageModel, Listening } from '../core/conversation.ts';
import type { Dialect } from '../core/dialect.ts';
import type { Engine } from '../core/engine.ts';
import type { PackStore, Ports, PullProgress } from '../core/ports.ts';
import type { StateStores } from '../core/store.ts';
import type { Sessions } from '../live/sessions.ts';
import type { Transcription } from '../recognizer/recognizer.ts';
import type { ClientSecrets } from '../services/client-secrets.ts';
import type { CustomVoices } from '../services/custom-voices.ts';
import type { KeyEditor } from '../services/key-editor.ts';
import type { KeyRing } from '../services/keys.ts';
import type { Dictionary } from '../services/pronunciations.ts';
import type { Receipts } from '../services/receipts.ts';
import type { LinkSigner } from '../services/signed-links.ts';
import type { UsageBook } from '../services/usage.ts';
import type { VoiceRevisions } from '../services/voice-revisions.ts';
import type { ClientShares } from '../speech/client-shares.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { HttpEnv } from './env.ts';
import type { RateLimitOptions } from './middleware/rate-limit.ts';
import type { ApiPart } from './operation.ts';
import type { Receiving } from './receiving.ts';

/** A dialect over HTTP. */
export interface HttpDialect extends Dialect<Hono<HttpEnv>, DialectDeps> {
  /** What the description of the API says of its routes; loaded when somebody asks. */
  readonly describe?: ((limits: Limits) => Promise<ApiPart>) | undefined;
}

/** What the routes of a dialect may use. Times are milliseconds, sizes bytes, lengths code points. */
export interface DialectDeps {
  readonly engine: Engine;
  /** What turns speech into text, where something does. */
  readonly transcription?: Transcription | undefined;
  /** What listens to microphones, where something turns speech into text. */
  readonly listening?: Listening | undefined;
  /** What answers in conversations; it says itself whether it is set up. */
  readonly model: LanguageModel;
  readonly ports: Pick<
    Ports,
    | 'wasm'
    | 'createHash'
    | 'decodeOutside'
    | 'clock'
    | 'relay'
    | 'sizedReads'
    | 'background'
    | 'upgrade'
    | 'readDocsFile'
    | 'readPage'
  >;
  /** WebSockets that are open. */
  readonly live: Sessions;
  /** Answers with speech that are being made or sent. */
  readonly streams: ClientShares;
  readonly state: StateStores;
  /** Of the origins' reference voices. */
  readonly revisions: VoiceRevisions;
  readonly links: Pick<LinkOptions, 'maxAgeMs'>;
  /** Of playable addresses. */
  readonly signer: LinkSigner;
  /** Of browsers. */
  readonly secrets: ClientSecrets;
  /** Of speech in custom voices. */
  readonly receipts: Receipts;
  readonly dictionary: Dictionary;
  /** That clients made of recordings. */
  readonly voices: CustomVoices;
  readonly usage: UsageBook;
  /** What administrators may do; absent: nobody is one. */
  readonly admin?: AdminOptions | undefined;
  readonly log: Logger;
  /** Absent in tests alone. */
  readonly telemetry?: Telemetry | undefined;
  readonly keys: KeyRing;
  /** Undefined: nothing counts, as no store can. */
  readonly rates: RateLimitOptions | undefined;
  readonly readTimeout: number;
  readonly writeTimeout: number;
  readonly limits: Limits;
  /** Of bodies and messages that are on their way. */
  readonly receiving: Receiving;
  /** Fish routes answer what upstream's schema refuses as upstream does: 422 and an array. */
  readonly strictErrors?: boolean | undefined;
  /** False while the server drains: new requests get 503. */
  readonly accepting: () => boolean;
  /** The OpenAPI document; absent where it is switched off. */
  readonly describeApi?: (() => Promise<object>) | undefined;
  readonly hasDocsPage?: boolean | undefined;
}

/** What the HTTP layer needs to know: for its routes, and for what stands before them. */
export interface HttpOptions
  extends Omit<DialectDeps, 'links' | 'signer' | 'secrets' | 'receipts' | 'describeApi'> {
  readonly links: LinkOptions;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** How long receipts stay. */
  readonly receiptMaxAgeMs: number;
  /** Origins of web pages that may use the server; empty: all. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** The lists of voices and models ask for no key. */
  readonly openVoices?: boolean | undefined;
  /** `/metrics` asks for no key. */
  readonly openMetrics?: boolean | undefined;
  readonly hasOpenapi?: boolean | undefined;
  /** Told of each response's end, when its last byte left or never will. */
  readonly onEnd: () => void;
}

/** What administrators may do. */
export interface AdminOptions {
  /** See the setting `admin.access`. */
  readonly access: 'auto' | 'keys' | 'off';
  readonly keys: KeyEditor;
  /** Absent where there is no folder for packs. */
  readonly packs?: PackStore | undefined;
  /** Of packs, whoever asked for them; they outlive the routes, which settings that are read again make anew. */
  readonly pulls: Set<RunningPull>;
}

/** A pull of a pack that runs, and how far it is. */
export interface RunningPull {
  readonly name: string;
  progress: PullProgress;
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

/** Audio that stays for a while under an address of its own. */
interface LinkOptions {
  readonly maxAgeMs: number;
  /** Signs addresses, client secrets and receipts; never empty. */
  readonly secret: string;
}
