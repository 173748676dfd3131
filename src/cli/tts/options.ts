import type { Options } from '../usage.ts';

const formats = ['wav', 'mp3', 'pcm', 'opus', 'aac', 'flac', 'ulaw', 'alaw'] as const;

/** Of `fish-tts`: the names, letters and defaults of Fish-Speech-Go's tool, then our own. */
export const ttsOptions = {
  server: {
    type: 'string',
    short: 's',
    value: 'URL',
    about: 'the server; else FISH_SERVER, else http://localhost:8080, else the voice on this machine',
  },
  output: { type: 'string', short: 'o', value: 'FILE', about: 'where the audio goes; stdout without it' },
  format: {
    type: 'string',
    short: 'f',
    choices: formats,
    value: 'FORMAT',
    about: `${formats.join(', ')}; else as the name of FILE ends, else wav`,
  },
  stream: { type: 'boolean', about: 'audio as soon as it is made' },
  reference: { type: 'string', value: 'FILE', about: 'a recording of the voice to speak with' },
  'reference-text': { type: 'string', value: 'TEXT', about: 'what is said in it' },
  temperature: { type: 'string', value: 'N', about: '0.1 to 1' },
  'top-p': { type: 'string', value: 'N', about: '0.1 to 1' },
  seed: { type: 'string', value: 'N', about: 'the same speech again; 0 is a random one' },
  'api-key': { type: 'string', value: 'KEY', about: 'else FISH_API_KEY' },
  voice: { type: 'string', short: 'v', value: 'NAME', about: 'a voice of the server' },
  speed: { type: 'string', value: 'N', about: '0.25 to 4' },
  input: { type: 'string', short: 'i', value: 'FILE', about: 'a file with the text; - is stdin' },
  play: { type: 'boolean', about: 'play it, with ffplay, aplay or afplay' },
  local: { type: 'boolean', about: 'speak on this machine, whatever servers there are' },
  progress: { type: 'boolean', about: 'say how far it is, also where stderr is no terminal' },
  quiet: { type: 'boolean', short: 'q', about: 'say nothing but errors' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
  version: { type: 'boolean', about: 'print the version' },
} as const satisfies Options;

/** The format that the name of a file means; undefined where it means none. */
export function formatNamed(file: string): string | undefined {
  const ending = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase();
  return ending === 'ogg' ? 'opus' : formats.find((format) => format === ending);
}

export type TtsOption = keyof typeof ttsOptions;
