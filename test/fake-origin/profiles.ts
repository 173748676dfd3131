/** The releases of Fish-Speech that the fake can be: two tags, the commit that is its default, and the newest one. */
export const originVersions = ['1.4.3', '1.5.1', '80db25e', '3dd1f85'] as const;
export type OriginVersion = (typeof originVersions)[number];

/** Where the releases of Fish-Speech differ, as far as a client can tell. */
export interface Profile {
  /** `info.version` of its OpenAPI document, which upstream did not always raise. */
  readonly infoVersion: string;
  readonly healthMethods: string;
  /** Whether it has `/v1/references/*`; without them nobody can ask which voices there are. */
  readonly hasReferences: boolean;
  /** Whether it takes multipart bodies. */
  readonly takesForms: boolean;
  readonly formats: readonly string[];
  /** In the order of its messages; the second is the default. */
  readonly memoryCache: readonly [string, string];
  readonly sampling: {
    readonly topP: number;
    readonly repetitionPenalty: number;
    readonly temperature: number;
  };
  /** Fields of the request that others ignore. */
  readonly hasLatency: boolean;
  /** Whether a stream begins with the header that upstream means to send. */
  readonly streamsHeader: boolean;
  /** Whether ids of voices are looked at before they become a path. */
  readonly checksIds: boolean;
  /** Whether `?format=application/json` is understood where voices are asked for. */
  readonly namesJsonInFull: boolean;
  readonly decodesTokens: boolean;
  readonly hasWebUi: boolean;
}

const S1: Profile = {
  infoVersion: '1.5.0',
  healthMethods: 'GET, POST, OPTIONS',
  hasReferences: true,
  takesForms: true,
  formats: ['wav', 'pcm', 'mp3'],
  memoryCache: ['on', 'off'],
  sampling: { topP: 0.8, repetitionPenalty: 1.1, temperature: 0.8 },
  hasLatency: false,
  streamsHeader: false,
  checksIds: false,
  namesJsonInFull: false,
  decodesTokens: true,
  hasWebUi: false,
};

const OLDER: Profile = {
  ...S1,
  hasReferences: false,
  takesForms: false,
  sampling: { topP: 0.7, repetitionPenalty: 1.2, temperature: 0.7 },
};

export const profiles: Readonly<Record<OriginVersion, Profile>> = {
  '1.4.3': {
    ...OLDER,
    infoVersion: '1.4.2',
    healthMethods: 'POST',
    memoryCache: ['on-demand', 'never'],
    streamsHeader: true,
  },
  '1.5.1': OLDER,
  '80db25e': S1,
  '3dd1f85': {
    ...S1,
    formats: ['wav', 'pcm', 'mp3', 'opus'],
    hasLatency: true,
    checksIds: true,
    namesJsonInFull: true,
    decodesTokens: false,
    hasWebUi: true,
  },
};

/** What the model's encoder takes for sound: a file of a known kind that is longer than what is taken for a path. */
const DECODABLE = ['RIFF', 'fLaC', 'OggS', 'ID3', '\u00ff\u00fb'];
const MAX_PATH = 255;

export function isDecodable(audio: Uint8Array): boolean {
  const head = Buffer.from(audio.subarray(0, 4)).toString('latin1');
  return audio.length > MAX_PATH && DECODABLE.some((magic) => head.startsWith(magic));
}

export const ID: RegExp = /^[a-zA-Z0-9\-_ ]+\n?$/; // Python's `$` lets one newline pass
export const MAX_ID = 255;
