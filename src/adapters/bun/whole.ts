/**
 * Bun sends every stream in chunks, whatever length was announced (https://github.com/oven-sh/bun/issues/10507), and bytes
 * with theirs. So an answer in one piece, which `limits.max_whole_audio` bounds, is sent as bytes. One that breaks off is
 * sent as far as it came, and breaks.
 */
export async function inOnePiece(response: Response): Promise<Response> {
  if (!response.headers.has('content-length') || !response.body) return response;
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Response(new Blob(chunks), response);
      chunks.push(value);
    }
  } catch (error) {
    return new Response(broken(chunks, error), response);
  }
}

function broken(chunks: Uint8Array<ArrayBuffer>[], error: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = chunks.shift();
        if (next) return controller.enqueue(next);
        await new Promise((resolve) => setTimeout(resolve, 0)); // in the same turn Bun would drop what came before, the head with it
        controller.error(error);
      },
    },
    { highWaterMark: 0 },
  );
}
