import type { LineFormat } from '../../speech/line-audio.ts';
import type { ContentPart, Item } from './item.ts';
import type { SessionType } from './session-schema.ts';
import type { SessionSettings, TurnSettings } from './session-settings.ts';

/** Today's protocol, or the one of the beta, which clients still send (`OpenAI-Beta: realtime=v1`). */
export type Generation = 'ga' | 'beta';

/** Names of the beta for what is the same event today. An item that is `added` was `created`; `done` is new. */
const betaNames: Readonly<Record<string, string>> = {
  'conversation.item.added': 'conversation.item.created',
  'response.output_audio.delta': 'response.audio.delta',
  'response.output_audio.done': 'response.audio.done',
  'response.output_audio_transcript.delta': 'response.audio_transcript.delta',
  'response.output_audio_transcript.done': 'response.audio_transcript.done',
  'response.output_text.delta': 'response.text.delta',
  'response.output_text.done': 'response.text.done',
};

/** The name of an event; undefined where a generation does not have it. */
export function eventName(type: string, generation: Generation): string | undefined {
  if (generation === 'ga') return type;
  return type === 'conversation.item.done' ? undefined : (betaNames[type] ?? type);
}

/** An item as clients see it. */
export function itemJson(item: Item, generation: Generation): object {
  const shown = { object: 'realtime.item', ...item };
  return item.type === 'message'
    ? { ...shown, content: item.content.map((part) => partJson(part, generation)) }
    : shown;
}

function partJson(part: ContentPart, generation: Generation): object {
  return generation === 'beta' && part.type.startsWith('output_')
    ? { ...part, type: part.type.slice(7) }
    : part;
}

const gaFormats: Readonly<Record<LineFormat, object>> = {
  pcm: { type: 'audio/pcm', rate: 24_000 },
  ulaw: { type: 'audio/pcmu' },
  alaw: { type: 'audio/pcma' },
};
const betaFormats: Readonly<Record<LineFormat, string>> = {
  pcm: 'pcm16',
  ulaw: 'g711_ulaw',
  alaw: 'g711_alaw',
};

/** A name that every client of OpenAI knows, for the server's own voice. */
const usualVoice = 'alloy';

/** What a session is beside its settings. */
export interface SessionFacts {
  readonly id: string;
  readonly type: SessionType;
  readonly model: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

export function sessionJson(facts: SessionFacts, settings: SessionSettings, generation: Generation): object {
  const isBeta = generation === 'beta';
  if (facts.type === 'transcription') return transcriptionSession(facts, settings, isBeta);
  const { instructions, tools, toolChoice, maxOutputTokens } = settings;
  const common = {
    id: facts.id,
    object: 'realtime.session',
    model: facts.model,
    expires_at: facts.expiresAt,
    instructions,
    tools: tools.map((tool) => ({ type: 'function', ...tool })),
    tool_choice: toolChoiceJson(toolChoice),
    tracing: null,
    prompt: null,
    include: null,
  };
  if (isBeta)
    return {
      ...common,
      modalities: modalitiesJson(settings.modality, 'beta'),
      voice: settings.voice ?? usualVoice,
      speed: settings.speed,
      temperature: settings.temperature ?? null,
      max_response_output_tokens: maxOutputTokens,
      output_audio_format: betaFormats[settings.outputFormat],
      ...betaInput(settings),
    };
  return {
    type: facts.type,
    ...common,
    output_modalities: modalitiesJson(settings.modality, 'ga'),
    max_output_tokens: maxOutputTokens,
    audio: {
      input: gaInput(settings),
      output: {
        format: gaFormats[settings.outputFormat],
        voice: settings.voice ?? usualVoice,
        speed: settings.speed,
      },
    },
  };
}

function transcriptionSession(
  { id, type, expiresAt }: SessionFacts,
  settings: SessionSettings,
  isBeta: boolean,
): object {
  const common = { id, object: 'realtime.transcription_session', expires_at: expiresAt, include: null };
  return isBeta
    ? { ...common, ...betaInput(settings) }
    : { type, ...common, audio: { input: gaInput(settings) } };
}

function gaInput({ inputFormat, transcription, turnDetection, noiseReduction }: SessionSettings): object {
  return {
    format: gaFormats[inputFormat],
    transcription,
    noise_reduction: noiseReduction && { type: noiseReduction },
    turn_detection: turnsJson(turnDetection),
  };
}

function betaInput({ inputFormat, transcription, turnDetection, noiseReduction }: SessionSettings): object {
  return {
    input_audio_format: betaFormats[inputFormat],
    input_audio_transcription: transcription,
    input_audio_noise_reduction: noiseReduction && { type: noiseReduction },
    turn_detection: turnsJson(turnDetection),
  };
}

function turnsJson(turns: TurnSettings | null): object | null {
  if (!turns) return null;
  const { type, createResponse, interruptResponse } = turns;
  const follows = { create_response: createResponse, interrupt_response: interruptResponse };
  if (type === 'semantic_vad') return { type, eagerness: turns.eagerness ?? 'auto', ...follows };
  return {
    type,
    threshold: turns.threshold,
    prefix_padding_ms: turns.prefixMs,
    silence_duration_ms: turns.silenceMs,
    idle_timeout_ms: null,
    ...follows,
  };
}

function toolChoiceJson(choice: string): string | object {
  return ['auto', 'none', 'required'].includes(choice) ? choice : { type: 'function', name: choice };
}

export function modalitiesJson(
  modality: SessionSettings['modality'],
  generation: Generation,
): readonly string[] {
  return generation === 'beta' && modality === 'audio' ? ['text', 'audio'] : [modality];
}

/** How a response says that it sounds. */
export function outputJson(
  { outputFormat, voice }: Pick<SessionSettings, 'outputFormat' | 'voice'>,
  generation: Generation,
): object {
  const shown = voice ?? usualVoice;
  return generation === 'beta'
    ? { voice: shown, output_audio_format: betaFormats[outputFormat] }
    : { audio: { output: { format: gaFormats[outputFormat], voice: shown } } };
}
