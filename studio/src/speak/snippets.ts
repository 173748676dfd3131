/** A language of programs, and how a request is written in it. */
export interface Snippet {
  readonly name: string;
  /** @param base address that the paths of the API begin with @param body of `POST /v1/audio/speech` */
  write(base: string, body: Readonly<Record<string, unknown>>): string;
}

export const languages: readonly Snippet[] = [
  {
    name: 'curl',
    write: (base, body) =>
      [
        `curl ${base}/audio/speech \\`,
        `  -H "Authorization: Bearer $FISH_API_KEY" \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '${JSON.stringify(body).replaceAll("'", `'\\''`)}' \\`,
        `  -o speech.${body.response_format}`,
      ].join('\n'),
  },
  {
    name: 'Python',
    write: (base, body) =>
      [
        'import os',
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url=${JSON.stringify(base)}, api_key=os.environ.get("FISH_API_KEY", "none"))`,
        'with client.audio.speech.with_streaming_response.create(',
        ...Object.entries(complete(body)).map(([name, value]) => `    ${name}=${JSON.stringify(value)},`),
        ') as speech:',
        `    speech.stream_to_file("speech.${body.response_format}")`,
      ].join('\n'),
  },
  {
    name: 'TypeScript',
    write: (base, body) =>
      [
        "import { writeFile } from 'node:fs/promises';",
        "import OpenAI from 'openai';",
        '',
        `const client = new OpenAI({ baseURL: ${JSON.stringify(base)}, apiKey: process.env.FISH_API_KEY ?? 'none' });`,
        'const speech = await client.audio.speech.create({',
        ...Object.entries(complete(body)).map(([name, value]) => `  ${name}: ${JSON.stringify(value)},`),
        '});',
        `await writeFile('speech.${body.response_format}', Buffer.from(await speech.arrayBuffer()));`,
      ].join('\n'),
  },
];

/** OpenAI's clients want these in any case. */
function complete(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { model: 'tts-1', voice: 'default', ...body };
}
