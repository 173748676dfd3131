import { expect, test } from 'vitest';
import { passEvents } from '../../src/dialects/openai/transcript.ts';

/** What a client reads where another server sends these pieces, and why it broke off. */
async function passed(...pieces: string[]): Promise<{ text: string; failures: unknown[] }> {
  const failures: unknown[] = [];
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
  const text = await new Response(passEvents(body, (cause) => failures.push(cause))).text();
  return { text, failures };
}

const delta = '{"type":"transcript.text.delta","delta":"hé"}';

test('events pass however their server cuts, ends and comments its lines', async () => {
  const wanted = { text: `data: ${delta}\n\n`, failures: [] };
  expect(await passed(`data: ${delta}\n\n`)).toEqual(wanted);
  expect(
    await passed(`: hello\r\n\r\nevent: x\r\nid: 1\r\ndata:${delta}\r\n\r\ndata: [DONE]\r\n\r\n`),
  ).toEqual(wanted);
  expect(await passed(...`data: ${delta}\r\n\r\n`)).toEqual(wanted);
  expect(await passed(`data: ${delta.replace(',', ',\ndata: ')}\n\n`)).toEqual(wanted);
  expect(await passed(`strange: field\ndata: ${delta}`)).toEqual(wanted);
});

test('errors, other events and what is no JSON become one error without their text', async () => {
  for (const data of ['{"error":{"message":"secret"}}', '{"type":"response.done"}', '[]', 'secret']) {
    const { text, failures } = await passed(`data: ${delta}\n\n`, `data: ${data}\n\n`);
    expect(failures).toHaveLength(1);
    expect(text).toMatch(/"type":"error"/);
    expect(text).not.toContain('secret');
  }
});

test('an event without an end is given up, in one line or in many', async () => {
  const much = Array.from({ length: 40 }, () => 'a'.repeat(64 * 1024));
  for (const pieces of [['data: ', ...much], much.map((piece) => `data: ${piece}\n`)]) {
    const { text, failures } = await passed(...pieces);
    expect(String(failures[0])).toContain('endless');
    expect(text).toMatch(/"type":"error"/);
  }
});
