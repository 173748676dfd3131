import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import {
  checkAdd,
  checkDelete,
  checkUpdate,
  createAddParser,
  parseDelete,
  parseUpdate,
} from '../../src/dialects/fish/references.ts';
import type { Limits } from '../../src/http/options.ts';
import { referenceAudio } from '../reference-audio.ts';

const parseAdd = createAddParser({ maxReferenceBytes: 50_000 } as Limits);
const audio = referenceAudio();

/** The message and field of a refusal; undefined where there is none. */
function refusal(run: () => void): { message: string; param?: string | undefined } | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof SpeechFailure && error.error.code === 'invalid_value') return error.error;
    throw error;
  }
}

const add = (fields: unknown) => refusal(() => checkAdd(parseAdd(fields)));
const remove = (fields: unknown) => refusal(() => checkDelete(parseDelete(fields).reference_id));
const rename = (fields: unknown) => refusal(() => checkUpdate(parseUpdate(fields)));

describe('bodies about references', () => {
  it('are taken as upstream takes them, other fields aside', () => {
    expect(add({ id: 'My voice-1_b', text: ' Hi ', audio, model: 5 })).toBeUndefined();
    expect(remove({ reference_id: 'x'.repeat(255) })).toBeUndefined();
    expect(rename({ old_reference_id: 'a', new_reference_id: 'A' })).toBeUndefined();
  });

  it.each([null, 5, 'x', [], [1]])('must be objects: %j', (body) => {
    for (const read of [add, remove, rename]) {
      expect(read(body)?.message).toBe('The body must be an object.');
    }
  });

  it('name the field that is wrong', () => {
    expect(add({ id: 'a', text: 'b', audio: 'PGh0bWw+' })?.param).toBe('audio');
    expect(add({ id: '../a', text: 'b', audio })?.param).toBe('id');
    expect(add({ id: 'a', audio })?.param).toBe('text');
    expect(remove({})?.param).toBe('reference_id');
    expect(rename({ old_reference_id: 'a', new_reference_id: 'b/c' })?.param).toBe('new_reference_id');
  });

  it('let no id through that could leave its folder', () => {
    const pieces = fc.constantFrom(
      'a',
      '-',
      ' ',
      '.',
      '..',
      '/',
      '\\',
      '\0',
      '\n',
      '%2e',
      '\u202e',
      'é',
      '~',
    );
    const ids = fc.oneof(
      fc.array(pieces, { maxLength: 6 }).map((some) => some.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(ids, (id) => {
        const isFine =
          /^[\w -]+$/.test(id) && !/[^\x20-\x7e]/.test(id) && id.trim() !== '' && id.length <= 255;
        expect(add({ id, text: 'b', audio }) === undefined).toBe(isFine);
        expect(remove({ reference_id: id }) === undefined).toBe(isFine);
      }),
      { numRuns: 1000 },
    );
  });

  it('are answered with a named 400 whatever they hold', () => {
    const keys = ['id', 'text', 'audio', 'reference_id', 'old_reference_id', 'new_reference_id'];
    const bodies = fc.dictionary(fc.constantFrom(...keys), fc.anything({ withBigInt: false }));
    fc.assert(
      fc.property(bodies, (fields) => {
        for (const read of [add, remove, rename]) expect(typeof (read(fields)?.message ?? '')).toBe('string');
      }),
    );
  });
});
