import { decode, encode } from '@msgpack/msgpack';
import { afterEach, describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { bytesOf, type Context, post } from './context.ts';

const json = { accept: 'application/json' };
const audio = referenceAudio();

/** Both families of paths, both encodings. */
export function addFishReferences({ server, origin }: Context): void {
  const at = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${server().url}/v1/references${path}`, init);
  const form = (id: string, text = 'Hello.', bytes: Uint8Array<ArrayBuffer> = audio): RequestInit => {
    const body = new FormData();
    body.set('id', id);
    body.set('text', text);
    body.set('audio', new Blob([bytes]), 'a.wav');
    return { method: 'POST', body, headers: json };
  };
  const removal = (id: unknown, init: RequestInit = {}): RequestInit => ({
    method: 'DELETE',
    body: JSON.stringify({ reference_id: id }),
    headers: { ...json, 'content-type': 'application/json' },
    ...init,
  });

  describe('reference voices', () => {
    afterEach(async () => {
      origin().trouble = {};
      // By the server, which would else list them for a minute.
      for (const id of [...origin().references.keys()])
        if (id !== 'anna') await at(`/${encodeURIComponent(id)}`, { method: 'DELETE' });
    });

    it('are added as a form, and speak at once', async () => {
      const response = await at('/add', form('new voice-1_a', 'Xin chào.'));
      expect([response.status, await response.text()]).toEqual([
        200,
        `{"success":true,"message":"Reference voice 'new voice-1_a' added successfully","reference_id":"new voice-1_a"}`,
      ]);
      const stored = origin().references.get('new voice-1_a');
      expect(stored?.text).toBe('Xin chào.');
      expect(new Uint8Array(stored?.audio ?? [])).toEqual(audio);
      const spoken = await post(`${server().url}/v1/tts`, { text: 'Hi.', reference_id: 'new voice-1_a' });
      await bytesOf(spoken);
      expect(origin().spoken.at(-1)?.body).toMatchObject({ reference_id: 'new voice-1_a' });
    });

    it('are added as JSON with base64 of either alphabet, and the answer is JSON', async () => {
      const base64 = Buffer.from(audio).toString('base64url');
      const response = await post(`${server().url}/v1/references/add`, { id: 'j', text: 'b', audio: base64 });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(new Uint8Array(origin().references.get('j')?.audio ?? [])).toEqual(audio);
    });

    it('are added as msgpack, and the answer is msgpack', async () => {
      const response = await at('/add', {
        method: 'POST',
        body: encode({ id: 'm', text: 'b', audio }) as BodyInit,
        headers: { 'content-type': 'application/msgpack' },
      });
      expect(response.headers.get('content-type')).toBe('application/msgpack');
      const message = "Reference voice 'm' added successfully";
      expect(decode(await response.arrayBuffer())).toEqual({ success: true, message, reference_id: 'm' });
    });

    it('are listed in either encoding, and as JSON on the other path', async () => {
      const all = { success: true, reference_ids: ['anna'], message: 'Found 1 reference voices' };
      const packed = await at('/list');
      expect(packed.headers.get('content-type')).toBe('application/msgpack');
      expect(decode(await packed.arrayBuffer())).toEqual(all);
      expect(await (await at('/list?format=json')).json()).toEqual(all);
      expect(await (await at('', { headers: { accept: 'application/msgpack' } })).json()).toEqual(all);
    });

    it('are renamed and deleted, on both paths', async () => {
      await at('/add', form('one'));
      await at('/add', form('two'));
      const body = { old_reference_id: 'one', new_reference_id: 'three' };
      const renamed = await post(`${server().url}/v1/references/update`, body, { headers: json });
      const message = "Reference voice renamed from 'one' to 'three' successfully";
      expect(await renamed.json()).toEqual({ success: true, message, ...body });
      const deleted = await at('/delete', removal('three'));
      expect(await deleted.json()).toEqual({
        success: true,
        message: "Reference voice 'three' deleted successfully",
        reference_id: 'three',
      });
      const other = await at('/two', { method: 'DELETE' });
      expect([other.status, await other.json()]).toEqual([
        200,
        { success: true, message: "Reference voice 'two' deleted successfully", reference_id: 'two' },
      ]);
      expect([...origin().references.keys()]).toEqual(['anna']);
      const gone = await post(`${server().url}/v1/tts`, { text: 'Hi.', reference_id: 'two' });
      expect(gone.status).toBe(404);
    });

    it.each([
      ['add', () => form('anna'), 409, "Reference ID 'anna' already exists"],
      ['delete', () => removal('nobody'), 404, "Reference ID 'nobody' not found"],
    ])('%s is told what the origin says, in all members', async (path, init, status, message) => {
      const response = await at(`/${path}`, init());
      const body = (await response.json()) as Record<string, unknown>;
      expect([response.status, body]).toEqual([
        status,
        {
          success: false,
          message,
          reference_id: path === 'add' ? 'anna' : 'nobody',
          statusCode: status,
          status,
          error: status === 409 ? 'Conflict' : 'Not Found',
          detail: message,
        },
      ]);
    });

    it('fail in the encoding that was asked for', async () => {
      const response = await at(
        '/delete',
        removal('nobody', { headers: { 'content-type': 'application/json' } }),
      );
      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/msgpack']);
      expect(decode(await response.arrayBuffer())).toMatchObject({ success: false, reference_id: 'nobody' });
    });

    it.each([{ status: 500 }, { answer: '<html>/opt/fish</html>' }, { dies: true }])(
      'an origin with %j is a 502 without a word of it',
      async (trouble) => {
        origin().trouble = trouble;
        const response = await at('/add', form('x'));
        const body = await response.text();
        expect(response.status).toBe(502);
        expect(body).toContain('Backend service unavailable');
        expect(body).not.toMatch(/opt|html|127\.0/);
      },
    );
  });
}
