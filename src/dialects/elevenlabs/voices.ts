import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { resolveVoice, type Voice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { asVoice, customVoicesFor, showCustomVoice, voiceUserOf } from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import { choiceField, integerField, optionalText, textField } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import type { CustomVoice } from '../../services/custom-voice.ts';
import { addVoiceRoutes, oneVoice } from './add-voices.ts';
import { checked } from './speech-body.ts';

const MAX_NAME = 256;
const MAX_PAGE = 100;

/** A voice and where it comes from. */
interface Listed extends Voice {
  readonly category: 'premade' | 'cloned';
  /** What else is known of one that a client made. */
  readonly about?: Readonly<Record<string, unknown>>;
}

function premade(voice: Voice): Listed {
  return { ...voice, category: 'premade' };
}

function cloned(voice: CustomVoice): Listed {
  return { ...asVoice(voice), category: 'cloned', about: showCustomVoice(voice) };
}

/** Names of ElevenLabs' models, which its clients look for before they speak; here each is the same engine. */
const models: readonly string[] = [
  'eleven_multilingual_v2',
  'eleven_v3',
  'eleven_flash_v2_5',
  'eleven_flash_v2',
  'eleven_turbo_v2_5',
  'eleven_turbo_v2',
];

/** A voice as ElevenLabs' clients read it. */
function voiceJson({ id, name, description, language, category, about }: Listed): object {
  return {
    voice_id: id,
    name,
    description,
    category,
    labels: { language: primary(language) },
    preview_url: null,
    ...about,
    settings: { stability: 0.5, similarity_boost: 0.75, style: 0, use_speaker_boost: false, speed: 1 },
  };
}

function primary(language: string): string {
  return language.split('-', 1)[0] ?? language;
}

export const searchQuery = z.object({
  page_size: optionalText(integerField('page_size', { min: 1, max: MAX_PAGE })),
  next_page_token: optionalText(integerField('next_page_token', { min: 0, max: 10_000_000 })),
  search: textField('search', MAX_NAME).optional(),
  sort: optionalText(choiceField('sort', ['created_at_unix', 'name'])),
  sort_direction: optionalText(choiceField('sort_direction', ['asc', 'desc'])),
  category: textField('category', MAX_NAME).optional(),
});
const USUAL_PAGE = 10;

/** Lists of voices and models, in the shapes that ElevenLabs' clients read. */
export function voiceRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { engine, limits } = options;
  const listFor = async (c: Context<HttpEnv>): Promise<readonly Listed[]> => {
    const [voices, custom] = await Promise.all([engine.voices(), customVoicesFor(c, options)]);
    return [...voices.map(premade), ...custom.map(cloned)];
  };

  app.get('/elevenlabs/v1/voices', async (c) => {
    const voices = (await listFor(c)).map((voice) => ({ ...voiceJson(voice), id: voice.id }));
    return c.json({ object: 'list', data: voices, voices }); // members of OpenAI's surface, for whoever sends both keys
  });
  allowMethods(app, '/elevenlabs/v1/voices', 'GET, HEAD');

  app.get('/v2/voices', async (c) => {
    const {
      page_size = USUAL_PAGE,
      next_page_token: from = 0,
      ...asked
    } = checked(searchQuery, c.req.query(), 'query');
    const found = sorted(
      (await listFor(c)).filter((voice) => fits(voice, asked, wantedIds(c))),
      asked,
    );
    const end = from + page_size;
    return c.json({
      voices: found.slice(from, end).map(voiceJson),
      has_more: end < found.length,
      total_count: found.length,
      next_page_token: end < found.length ? String(end) : null,
    });
  });
  allowMethods(app, '/v2/voices', 'GET, HEAD');

  app.get(oneVoice, async (c) => {
    const id = c.req.param('id');
    const custom = await options.voices.find(id, (await voiceUserOf(c, options)).owner);
    return c.json(voiceJson(custom ? cloned(custom) : premade(resolveVoice(id, await engine.voices()))));
  });
  addVoiceRoutes(app, options);
  allowMethods(app, oneVoice, 'GET, DELETE, HEAD');

  app.get('/elevenlabs/v1/models', async (c) => {
    const languages = languagesOf(await engine.voices());
    return c.json(models.map((id) => modelJson(id, languages, limits.maxTextLength)));
  });
  allowMethods(app, '/elevenlabs/v1/models', 'GET, HEAD');
}

function wantedIds(c: Context<HttpEnv>): readonly string[] {
  return c.req.queries('voice_ids') ?? [];
}

interface Wanted {
  readonly search?: string | undefined;
  readonly category?: string | undefined;
}

function fits(
  { id, name, description, category }: Listed,
  { search = '', category: asked }: Wanted,
  ids: readonly string[],
): boolean {
  if (asked && asked !== category) return false;
  if (ids.length > 0 && !ids.includes(id)) return false;
  return [id, name, description].some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

function sorted(
  voices: readonly Listed[],
  { sort, sort_direction: direction }: { sort?: string | undefined; sort_direction?: string | undefined },
): readonly Listed[] {
  const ordered = sort === 'name' ? voices.toSorted((a, b) => a.name.localeCompare(b.name)) : [...voices];
  return direction === 'desc' ? ordered.toReversed() : ordered;
}

/** Home Assistant takes no model without languages. */
function languagesOf(voices: readonly Voice[]): readonly object[] {
  const ids = new Set(
    voices.map(({ language }) => primary(language)).filter((id) => /^[a-z]{2,3}$/.test(id) && id !== 'mul'),
  );
  const names = new Intl.DisplayNames(['en'], { type: 'language' });
  return [...(ids.size > 0 ? ids : ['en'])].map((id) => ({ language_id: id, name: names.of(id) ?? id }));
}

function modelJson(id: string, languages: readonly object[], maxTextLength: number): object {
  return {
    model_id: id,
    name: id,
    description: '',
    can_do_text_to_speech: true,
    can_do_voice_conversion: false,
    can_be_finetuned: false,
    can_use_style: false,
    can_use_speaker_boost: false,
    serves_pro_voices: false,
    requires_alpha_access: false,
    token_cost_factor: 1,
    ...(maxTextLength > 0 && { maximum_text_length_per_request: maxTextLength }),
    languages,
    model_rates: { character_cost_multiplier: 1 },
    concurrency_group: 'standard',
  };
}
