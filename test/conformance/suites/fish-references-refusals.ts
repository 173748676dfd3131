import { describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { type Context, type FishError, post } from './context.ts';

const audio = Buffer.from(referenceAudio()).toString('base64');
const words = 'Only alphanumeric, hyphens, underscores, and spaces are allowed.';
const badId = `Reference ID contains invalid characters. ${words}`;

export function addFishReferencesRefusals({ server, origin }: Context): void {
  const at = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${server().url}/v1/references${path}`, init);
  const json = { accept: 'application/json', 'content-type': 'application/json' };
  const refused = async (response: Response, message: string | RegExp): Promise<void> => {
    expect(response.status).toBe(400);
    const body = (await response.json()) as FishError;
    expect(body.detail).toMatch(message);
    expect(body).toMatchObject({ statusCode: 400, status: 400, message: body.detail, error: 'Bad Request' });
  };

  /** What the origin was asked to do: a list of voices may be looked at in the background. */
  const changes = (): number => origin().requests.filter(({ method }) => method !== 'GET').length;

  describe('bad input about references never reaches the origin', () => {
    it.each([
      ['traversal', { id: '../../etc/passwd' }, badId],
      ['a dot', { id: '..' }, badId],
      ['a slash', { id: 'a/b' }, badId],
      ['a control character', { id: 'a\0b' }, badId],
      ['a line break at the end, which Python lets pass', { id: 'abc\n' }, badId],
      ['letters that no folder should need', { id: 'nähe' }, badId],
      ['a long id', { id: 'x'.repeat(256) }, 'Reference ID is too long. Maximum length is 255 characters.'],
      ['an empty id', { id: '' }, 'Reference ID cannot be empty'],
      ['a blank id', { id: '  ' }, 'Reference ID cannot be empty'],
      ['no id', { id: null }, 'id is required'],
      ['an id of the wrong type', { id: 5 }, 'id must be a string'],
      ['a blank text', { text: ' ' }, 'Reference text cannot be empty'],
      ['no text', { text: undefined }, 'text is required'],
      ['a huge text', { text: 'x'.repeat(5000) }, /^Reference text is too long/],
      ['no audio', { audio: undefined }, 'audio is required'],
      ['empty audio', { audio: '' }, 'Audio file is empty or could not be read'],
      ['text for audio', { audio: '%%%%' }, 'audio must be audio bytes or base64'],
      ['audio that is not audio', { audio: 'PGh0bWw+' }, /^audio must be WAV, MP3/],
      ['too much audio', { audio: 'A'.repeat(100_000) }, 'audio must have at most 65536 bytes'],
    ])('%s', async (_, fields, message) => {
      const before = changes();
      const body = { id: 'a', text: 'b', audio, ...fields };
      await refused(await post(`${server().url}/v1/references/add`, body, { headers: json }), message);
      expect(changes()).toBe(before);
    });

    it.each(['..%2F..%2Fetc', '%2e%2e%5cx', 'a%00b', '%ff', 'x'.repeat(256), 'a%0A'])(
      'DELETE /v1/references/%s',
      async (id) => {
        const before = changes();
        const message = 'Reference ID contains invalid characters or is too long';
        await refused(await at(`/${id}`, { method: 'DELETE' }), message);
        expect(changes()).toBe(before);
      },
    );

    it.each([
      ['../x', 'b', 'Old reference ID contains invalid characters or is too long'],
      ['a', '../x', 'New reference ID contains invalid characters or is too long'],
      ['', 'b', 'Old reference ID cannot be empty'],
      ['a', '', 'New reference ID cannot be empty'],
      ['a', 'a', 'New reference ID must be different from old reference ID'],
      [undefined, 'a', 'old_reference_id is required'],
    ])('renaming %j to %j', async (old_reference_id, new_reference_id, message) => {
      const before = changes();
      const body = { old_reference_id, new_reference_id };
      await refused(await post(`${server().url}/v1/references/update`, body, { headers: json }), message);
      expect(changes()).toBe(before);
    });

    it('a deletion without a body is a 415, as upstream', async () => {
      const response = await at('/delete?reference_id=anna', { method: 'DELETE' });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept')).toContain('application/json');
      expect(origin().references.has('anna')).toBe(true);
    });

    it.each([
      ['/add', 'GET', 'POST'],
      ['/list', 'POST', 'GET, HEAD'],
      ['', 'POST', 'GET, HEAD'],
      ['/delete', 'GET', 'DELETE'],
      ['/update', 'GET', 'POST'],
      ['/anna', 'GET', 'DELETE'],
    ])('%s by %s is a 405', async (path, method, allow) => {
      const response = await at(path, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    });
  });
}
