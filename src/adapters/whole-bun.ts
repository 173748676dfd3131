import { pullStream } from '../stream/pull.ts';
import { ByteStore } from '../stream/read.ts';

/**
 * Bun sends every stream in chunks, whatever length was announced (https://github.com/oven-sh/bun/issues/10507), and bytes
 * with theirs. So an answer in one piece, which `limits.max_whole_audio` bounds, is sent as bytes. One that breaks off is
 * sent as far as it came, and breaks.
 */
export async function inOnePiece(response: Response): Promise<Response> {
  if (!response.headers.has('content-length') || !response.body) return response;
  const reader = response.body.getReader();
  const store = new ByteStore();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Response(store.join(), response);
      store.add(value);
    }
  } catch (error) {
    const broken = pullStream(async function* () {
      yield store.join();
      throw error;
    });
    return new Response(broken, response);
  }
}
