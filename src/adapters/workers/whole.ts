/** A stream of so many bytes (developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream). */
declare const FixedLengthStream: new (bytes: number) => TransformStream<Uint8Array, Uint8Array>;

/** workerd sends any other stream in chunks, whatever length was announced. */
export function withLength(response: Response): Response {
  const length = response.headers.get('content-length');
  if (length === null || !response.body) return response;
  const { readable, writable } = new FixedLengthStream(Number(length));
  response.body.pipeTo(writable).catch(() => {}); // the client sees it break off
  return new Response(readable, response);
}
