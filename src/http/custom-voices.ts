import type { Context } from 'hono';
import * as z from 'zod';
import { invalid } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { Voice } from '../core/voices.ts';
import type { Consent, CustomVoice, VoiceUser } from '../services/custom-voice.ts';
import { stranger, voiceUser } from '../services/custom-voice.ts';
import { MAX_TRANSCRIPT } from './body-limits.ts';
import type { HttpEnv } from './env.ts';
import { isLongerThan } from './fields.ts';
import type { DialectDeps } from './options.ts';
import type { UploadedFile } from './voice-upload.ts';

const MAX_NAME = 100;
const MAX_DESCRIPTION = 1000;
const MAX_CONSENT = 1000;

/** Whose voices the client of `c` sees. A list that asks for no key shows what all share. */
export async function voiceUserOf(
  c: Context<HttpEnv>,
  { keys }: Pick<DialectDeps, 'keys'>,
): Promise<VoiceUser> {
  const key = c.get('key');
  return key || (await keys.isOpen()) ? voiceUser(key) : stranger;
}

/** All custom voices that the client of `c` may speak with. A store that is away hides them and nothing else. */
export async function customVoicesFor(
  c: Context<HttpEnv>,
  { voices, keys }: Pick<DialectDeps, 'voices' | 'keys'>,
): Promise<readonly CustomVoice[]> {
  return voices.list(await voiceUserOf(c, { keys })).catch(() => []);
}

/** The voices of the engine, then those that clients made, for the lists of other servers' clients. */
export async function allVoicesFor(
  c: Context<HttpEnv>,
  options: Pick<DialectDeps, 'engine' | 'voices' | 'keys'>,
): Promise<readonly Voice[]> {
  const [voices, custom] = await Promise.all([options.engine.voices(), customVoicesFor(c, options)]);
  return [...voices, ...custom.map(asVoice)];
}

/** A custom voice among those of the engine: it speaks whatever language its text is in. */
export function asVoice({ id, name, description }: CustomVoice): Voice {
  return { id, name, description, language: 'mul', aliases: [name] };
}

/** A voice of the engine, as OpenAI's and ElevenLabs' clients read it. */
export function showVoice({ id, name, description, language, license, pack, mixesIn }: Voice): object {
  return {
    ...{ id, voice_id: id, object: 'audio.voice', name, description, language, license },
    ...(pack && { family: pack.family, pack: pack.id, pack_bytes: pack.bytes }),
    mixes_in: mixesIn,
  };
}

/**
 * A custom voice as all clients read it: the members that OpenAI's and ElevenLabs' surfaces have, and its own.
 */
export function showCustomVoice(voice: CustomVoice): Readonly<Record<string, unknown>> {
  const { id, name, description, shared, created, transcript, reference, consent } = voice;
  return {
    id,
    voice_id: id,
    object: 'audio.voice',
    name,
    description,
    language: 'mul',
    category: 'cloned',
    labels: {},
    preview_url: previewPath(id),
    shared,
    created_at: Math.floor(Date.parse(created) / 1000),
    transcript,
    reference: {
      type: reference.type,
      seconds: rounded(reference.seconds),
      sample_rate: reference.rate,
      channels: reference.channels,
      level_dbfs: rounded(reference.levelDb),
    },
    consent: showConsent(consent),
  };
}

export function showConsent({ who, when, sha256: audio_sha256, by }: Consent): object {
  return { who, when, audio_sha256, by };
}

function previewPath(id: string): string {
  return `/v1/voices/${id}/preview`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** What every way of adding a voice says of it. */
export interface AskedVoice {
  readonly name: string;
  readonly description?: string | undefined;
  readonly transcript: string;
  /** Who agreed, and when. */
  readonly consent: { readonly who: string | null; readonly when?: string | undefined };
  readonly shared?: boolean | undefined;
  readonly file: UploadedFile;
}

/** Measures the recording and adds the voice. `param` of a refusal is the field that the file came in. */
export async function addCustomVoice(
  c: Context<HttpEnv>,
  { name, description = '', transcript, consent, shared, file }: AskedVoice,
  options: Pick<DialectDeps, 'voices' | 'ports' | 'keys'>,
): Promise<{ readonly voice: CustomVoice; readonly isNew: boolean }> {
  const { clock } = options.ports;
  const user = await voiceUserOf(c, options);
  const bytes = new Uint8Array(file.bytes); // of its own: a view may be of a larger block
  const { measureRecording } = await import('../speech/voice-recording.ts');
  const recording = await measureRecording(file.field, bytes, file.called, clock, c.req.raw.signal);
  const said: Consent = {
    who: consent.who,
    when: consent.when ?? new Date(clock.wallNow()).toISOString(),
    sha256: await sha256(bytes),
    by: user.key ?? null,
  };
  const about = { name, description, transcript, consent: said, shared };
  return options.voices.add({ ...about, recording }, user);
}

/** The one file of a field. @throws SpeechFailure where there is none, or several */
export function oneFile(files: readonly UploadedFile[], field: string): UploadedFile {
  const found = files.filter((file) => file.field === field);
  const [first] = found;
  if (!first) throw invalid(`${field} is required: a file of WAV, MP3 or FLAC`, field);
  if (found.length > 1) throw invalid(`${field} must be one file, not ${found.length}`, field);
  return first;
}

const controls = /\p{Cc}/u;

/** 1 to 100 characters without control characters. @param field as its dialect calls it */
export function voiceNameField(field: string): z.ZodType<string> {
  const error = `${field} must have 1 to ${MAX_NAME} characters`;
  return z
    .string({
      error: ({ input }) =>
        (input ?? undefined) === undefined ? `${field} is required` : `${field} must be a string`,
    })
    .transform((text) => text.trim().normalize('NFC'))
    .refine((text) => text !== '' && !isLongerThan(text, MAX_NAME), { error })
    .refine((text) => !controls.test(text), { error: `${field} must have no control characters` });
}

function boundedText(field: string, max: number): z.ZodType<string> {
  return z
    .string({
      error: ({ input }) =>
        (input ?? undefined) === undefined ? `${field} is required` : `${field} must be a string`,
    })
    .refine((text) => !isLongerThan(text, max), { error: `${field} must have at most ${max} characters` });
}

export function descriptionField(field = 'description'): z.ZodType<string> {
  return boundedText(field, MAX_DESCRIPTION);
}

export function transcriptField(field: string): z.ZodType<string> {
  return boundedText(field, MAX_TRANSCRIPT);
}

export function consentField(field: string): z.ZodType<string> {
  return boundedText(field, MAX_CONSENT).refine((text) => text.trim() !== '', {
    error: `${field} must say who agreed`,
  });
}
