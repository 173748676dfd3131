/**
 * A server with OpenAI's `/v1/audio/transcriptions` and `/translations`: it says how long the file is, and misbehaves when
 * `prompt` tells it to: `status=N` refuses with a text nobody else may see, `silent` never answers, `events=error` breaks a
 * stream off with an error event, `events=cut` by closing the socket once it is told to.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SeenForm {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
  readonly file: Uint8Array;
  readonly fileName: string;
}

export interface FakeTranscriber {
  readonly url: string;
  readonly forms: readonly SeenForm[];
  /** Requests that broke off before their body or their answer was whole. */
  broken(): number;
  /** Breaks the streams of `events=cut` off. */
  cut(): void;
  close(): Promise<void>;
}

export const secret = 'sk-upstream at /srv/whisper.py line 7';

/** @param say what is heard in a file; by default how long it is */
export async function startFakeTranscriber(
  say: (form: SeenForm) => string = ({ file }) => `heard ${file.length} bytes`,
): Promise<FakeTranscriber> {
  const forms: SeenForm[] = [];
  let broken = 0;
  const cutting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) broken += 1;
    });
    readForm(request).then(
      (form) => {
        forms.push(form);
        if (form.fields.prompt === 'events=cut') cutting.add(response);
        answer(response, form, say(form));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forms,
    broken: () => broken,
    cut() {
      for (const response of cutting) response.destroy();
      cutting.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A form with a file and fields. */
export function formOf(fields: Readonly<Record<string, string>>, file: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.append('file', new Blob([file]), 'speech.wav');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/** Posts a form in one piece: one that is refused while it is on its way may break the connection off. */
export async function sendForm(url: string, form: FormData, init: RequestInit = {}): Promise<Response> {
  const made = new Response(form);
  const headers = { ...init.headers, 'content-type': made.headers.get('content-type') ?? '' };
  return fetch(url, { ...init, method: 'POST', headers, body: await made.arrayBuffer() });
}

async function readForm(request: IncomingMessage): Promise<SeenForm> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(Buffer.concat(chunks), { headers }).formData();
  const fields: Record<string, string> = {};
  let [file, fileName] = [new Uint8Array(0), ''];
  for (const [name, value] of form as unknown as Iterable<[string, string | File]>) {
    if (typeof value === 'string') fields[name] = value;
    else [file, fileName] = [new Uint8Array(await value.arrayBuffer()), value.name];
  }
  const { url = '', headers: sent } = request;
  return { path: url, authorization: sent.authorization, fields, file, fileName };
}

function answer(response: ServerResponse, { fields }: SeenForm, text: string): void {
  const [, status] = /status=(\d+)/.exec(fields.prompt ?? '') ?? [];
  if (fields.prompt === 'silent') return;
  if (status !== undefined) {
    response.writeHead(Number(status), { 'content-type': 'application/json', 'retry-after': '7' });
    response.end(JSON.stringify({ error: { message: secret } }));
    return;
  }
  if (fields.stream === 'true') sendEvents(response, text, fields.prompt);
  else if (fields.response_format === 'srt' || fields.response_format === 'text') {
    response.writeHead(200, { 'content-type': 'application/json' }); // some servers call everything JSON
    response.end(text);
  } else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ text }));
  }
}

function sendEvents(response: ServerResponse, text: string, prompt = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const send = (data: object): boolean => response.write(`data: ${JSON.stringify(data)}\n\n`);
  response.write(': hello\n\n');
  send({ type: 'transcript.text.delta', delta: text });
  if (prompt === 'events=error') {
    send({ type: 'error', error: { message: secret } });
    response.end();
  } else if (prompt !== 'events=cut') {
    send({ type: 'transcript.text.done', text });
    response.end('data: [DONE]\n\n');
  }
}
