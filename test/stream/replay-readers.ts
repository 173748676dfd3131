export async function readBytes(stream: ReadableStream<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}

/** The next chunk; empty at the end. */
export async function readSome(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number[]> {
  return [...((await reader.read()).value ?? [])];
}
