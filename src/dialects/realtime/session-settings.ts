import type { Tool } from '../../core/conversation.ts';
import type { LineFormat } from '../../speech/line-audio.ts';

/** When a turn of the user ends, and what follows from it. Times are milliseconds. */
export interface TurnSettings {
  readonly type: 'server_vad' | 'semantic_vad';
  /** 0 to 1. */
  readonly threshold: number;
  readonly prefixMs: number;
  readonly silenceMs: number;
  /** How often in one turn a response is begun in a pause. */
  readonly earlyTexts: number;
  readonly eagerness?: Eagerness | undefined;
  /** A response is made at the end of a turn. */
  readonly createResponse: boolean;
  /** A turn that begins cancels the response that is being made. */
  readonly interruptResponse: boolean;
}

export type Eagerness = 'low' | 'medium' | 'high' | 'auto';

export interface TranscriptionSettings {
  readonly model: string;
  /** BCP 47. */
  readonly language?: string | undefined;
  readonly prompt?: string | undefined;
}

/** How responses are made. */
export interface ResponseSettings {
  readonly instructions: string;
  readonly modality: 'audio' | 'text';
  /** Undefined: the server's. */
  readonly voice: string | undefined;
  readonly speed: number;
  readonly outputFormat: LineFormat;
  readonly tools: readonly Tool[];
  /** `auto`, `none`, `required`, or the name of one function. */
  readonly toolChoice: string;
  readonly temperature: number | undefined;
  readonly maxOutputTokens: number | 'inf';
}

export interface SessionSettings extends ResponseSettings {
  readonly inputFormat: LineFormat;
  /** Null: what was heard is not told, though the model reads it. */
  readonly transcription: TranscriptionSettings | null;
  /** Null: the client says when a turn is over. */
  readonly turnDetection: TurnSettings | null;
  readonly noiseReduction: 'near_field' | 'far_field' | null;
}

/** What a client says of its turns; the rest is the server's. */
export type AskedTurns = Partial<TurnSettings> & Pick<TurnSettings, 'type'>;

/** What a client asks to be another way than it is. */
export type SettingsChanges = Partial<Omit<SessionSettings, 'turnDetection'>> & {
  readonly turnDetection?: AskedTurns | null;
};

/** @param usual of turns, where the client asks for some and does not say everything of them */
export function withChanges(
  settings: SessionSettings,
  { turnDetection: asked, ...changes }: SettingsChanges,
  usual: TurnSettings,
): SessionSettings {
  const turnDetection = asked === undefined ? settings.turnDetection : asked && { ...usual, ...asked };
  return { ...settings, ...changes, turnDetection };
}

/** OpenAI's, as its API reference has them, but for what the operator sets. */
export const usualTurns: TurnSettings = {
  type: 'server_vad',
  threshold: 0.5,
  prefixMs: 300,
  silenceMs: 500,
  earlyTexts: 0,
  createResponse: true,
  interruptResponse: true,
};

/** Nothing here reads whether a sentence is whole: who is eager waits for less silence. */
export const silenceOf: Readonly<Record<Eagerness, number>> = {
  low: 1200,
  medium: 800,
  auto: 800,
  high: 400,
};

export const usualSettings: SessionSettings = {
  instructions: '',
  modality: 'audio',
  voice: undefined,
  speed: 1,
  outputFormat: 'pcm',
  tools: [],
  toolChoice: 'auto',
  temperature: undefined,
  maxOutputTokens: 'inf',
  inputFormat: 'pcm',
  transcription: null,
  turnDetection: usualTurns,
  noiseReduction: null,
};
