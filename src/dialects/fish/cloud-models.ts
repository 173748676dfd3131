import * as z from 'zod';
import type { Voice } from '../../core/voices.ts';
import {
  booleanField,
  choiceField,
  integerField,
  optionalText,
  parseFields,
  textField,
} from '../../http/fields.ts';

/** Voices have no day on which they were made, and clients want one. */
const madeAt = new Date(Date.UTC(2026, 0, 1)).toISOString();
const MAX_NAME = 256;
const MAX_PAGE = 100;
const author = { _id: 'fish-edge', nickname: 'fish-edge', avatar: '' };

/** A voice as the Fish Audio cloud describes its models (docs/api.md): its clients want every member. */
export function fishModel({ id, name, description, language }: Voice): object {
  return {
    _id: id,
    type: 'tts',
    title: name,
    description,
    cover_image: '',
    train_mode: 'fast',
    state: 'trained',
    tags: [],
    samples: [],
    created_at: madeAt,
    updated_at: madeAt,
    languages: language === 'mul' ? [] : [primary(language)],
    visibility: 'private',
    lock_visibility: true,
    like_count: 0,
    mark_count: 0,
    shared_count: 0,
    task_count: 0,
    unliked: false,
    liked: false,
    marked: false,
    author,
  };
}

/** Which voices are wanted of a list. */
export interface ModelQuery {
  readonly page: number;
  readonly size: number;
  fits(voice: Voice): boolean;
}

const query = z.object({
  page_size: optionalText(integerField('page_size', { min: 1, max: MAX_PAGE })),
  page_number: optionalText(integerField('page_number', { min: 1, max: 1_000_000 })),
  title: z
    .string()
    .max(MAX_NAME, { error: `title must have at most ${MAX_NAME} characters` })
    .optional(),
  author_id: textField('author_id', MAX_NAME).optional(),
  self: optionalText(booleanField('self')),
  sort_by: optionalText(choiceField('sort_by', ['score', 'task_count', 'created_at'])),
});

/**
 * The query of `GET /model`. Lists come as repeated names, with brackets or without. Voices here have no tags, and all of
 * them belong to this server. @throws SpeechFailure invalid_value
 */
export function parseModelQuery(params: URLSearchParams): ModelQuery {
  const fields = parseFields(query, Object.fromEntries(params));
  const { page_size: size = 10, page_number: page = 1, title = '', author_id } = fields;
  const all = (name: string): string[] =>
    [...params.getAll(name), ...params.getAll(`${name}[]`)].filter((value) => value !== '');
  const languages = all('language').map((language) => primary(language));
  const isTagged = all('tag').length > 0;
  const wanted = title.toLowerCase();
  return {
    page,
    size,
    fits: ({ name, language }) =>
      !isTagged &&
      (author_id === undefined || author_id === author._id) &&
      name.toLowerCase().includes(wanted) &&
      (languages.length === 0 || language === 'mul' || languages.includes(primary(language))),
  };
}

function primary(language: string): string {
  return language.toLowerCase().split(/[-_]/)[0] ?? '';
}
