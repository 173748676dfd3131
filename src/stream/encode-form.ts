import { pullStream } from './pull.ts';

/**
 * A form as the bytes of a request. They are made whole before they are sent: the stream that Node's Response makes of a form
 * throws where nobody can catch it when its reader leaves in the middle, as `fetch` does when it cannot connect.
 */
export async function encodeForm(
  form: FormData,
): Promise<{ readonly contentType: string; readonly body: ReadableStream<Uint8Array> }> {
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? '';
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const body = pullStream(async function* () {
    yield bytes;
  });
  return { contentType, body };
}
