import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { columns } from '../models/tuning-report.ts';
import { describeOptions, Misuse, type Options } from '../usage.ts';
import { type Remote, remoteOptions, runRemote } from './options.ts';

/** What Fish-Speech-Go's tool prints, word for word, for scripts that read it. */

export const healthOptions = {
  detailed: { type: 'boolean', about: 'how the engine and its upstreams are, too' },
} as const satisfies Options;

export const voiceOptions = {
  consent: { type: 'string', value: 'TEXT', about: 'who agreed that the voice is made' },
  description: { type: 'string', value: 'TEXT', about: 'of the voice' },
  shared: { type: 'boolean', about: 'for all keys' },
} as const satisfies Options;

interface BackendHealth {
  readonly status: string;
  readonly latency_ms?: number;
  readonly error?: string;
  readonly version?: string;
}

interface DetailedHealth {
  readonly status: string;
  readonly backend?: BackendHealth & { readonly origins?: readonly BackendHealth[] };
}

const usageOf = (lines: string, more: Options): string =>
  `Usage: ${lines}\n\nOptions:\n${describeOptions({ ...more, ...remoteOptions })}`;

export function runHealth(args: readonly string[]): Promise<number> {
  return runRemote(args, {
    name: 'health',
    help: usageOf('fish-ctl health [--detailed]', healthOptions),
    more: healthOptions,
    async run({ client, given, show }) {
      const health = (await client.health({
        detailed: given.isSet('detailed'),
      })) as unknown as DetailedHealth;
      show(health, () => [
        `Status: ${health.status}`,
        ...(health.backend ? [`Backend: ${describeBackend(health.backend)}`] : []),
      ]);
    },
  });
}

function describeBackend({ status, latency_ms: latency, error }: BackendHealth): string {
  if (error !== undefined) return `${status} (error: ${error})`;
  return latency === undefined ? status : `${status} (latency: ${Math.round(latency)}ms)`;
}

export function runUpstreams(args: readonly string[]): Promise<number> {
  return runRemote(args, {
    name: 'upstreams',
    help: usageOf('fish-ctl upstreams', {}),
    more: {},
    async run({ client, show }) {
      const { backend } = (await client.health({ detailed: true })) as unknown as DetailedHealth;
      const origins = backend?.origins ?? [];
      const rows = origins.map(({ status, latency_ms: latency, version, error }, index) => [
        String(index + 1),
        status,
        latency === undefined ? '-' : `${Math.round(latency)} ms`,
        version ?? '-',
        error ?? '',
      ]);
      show(origins, () =>
        rows.length === 0
          ? ['The server has no upstreams: its own voice speaks.']
          : [columns([['UPSTREAM', 'STATUS', 'LATENCY', 'VERSION', 'ERROR'], ...rows])],
      );
    },
  });
}

export function runReferences(args: readonly string[]): Promise<number> {
  return runRemote(args, {
    name: 'references',
    words: 4,
    help: usageOf(
      'fish-ctl references list\n       fish-ctl references add ID FILE TEXT\n       fish-ctl references delete ID',
      {},
    ),
    more: {},
    async run(remote) {
      const [action, ...rest] = remote.args;
      if (action === 'list' && rest.length === 0) return listReferences(remote);
      const [id = '', file = '', text = ''] = rest;
      if (action === 'add' && rest.length === 3) return addReference(remote, id, file, text);
      if (action === 'delete' && rest.length === 1) return deleteReference(remote, id);
      throw new Misuse('Say list, add ID FILE TEXT or delete ID.');
    },
  });
}

async function listReferences({ client, show }: Remote): Promise<void> {
  const answer = (await (await client.request('/v1/references')).json()) as {
    reference_ids: readonly string[];
  };
  show(answer, () =>
    answer.reference_ids.length === 0
      ? ['No references found']
      : ['Voice References:', ...answer.reference_ids.map((id) => `  - ${id}`)],
  );
}

async function addReference({ client, show }: Remote, id: string, file: string, text: string): Promise<void> {
  const form = new FormData();
  form.append('id', id);
  form.append('text', text);
  form.append('audio', new Blob([await readRecording(file)]), basename(file));
  const headers = { accept: 'application/json' };
  const response = await client.request('/v1/references/add', { method: 'POST', form, headers });
  show(await response.json(), () => [`✓ Reference '${id}' added successfully`]);
}

async function deleteReference({ client, show }: Remote, id: string): Promise<void> {
  const path = `/v1/references/${encodeURIComponent(id)}`;
  const response = await client.request(path, { method: 'DELETE' });
  show(await response.json(), () => [`✓ Reference '${id}' deleted successfully`]);
}

export function runVoices(args: readonly string[]): Promise<number> {
  return runRemote(args, {
    name: 'voices',
    words: 4,
    help: usageOf(
      [
        'fish-ctl voices list',
        'fish-ctl voices add NAME FILE TRANSCRIPT --consent WHO',
        'fish-ctl voices rename ID NAME',
        'fish-ctl voices delete ID',
      ].join('\n       '),
      voiceOptions,
    ),
    more: voiceOptions,
    async run(remote) {
      const { client, args: words, given, show } = remote;
      const [action, first = '', second = '', third = ''] = words;
      if (action === 'list' && words.length === 1) return listVoices(remote);
      if (action === 'add' && words.length === 4) {
        const consent = given.text('consent');
        if (consent === undefined)
          throw new Misuse('--consent is required: who agreed that the voice is made.');
        const voice = await client.voices.add({
          name: first,
          recording: await readRecording(second),
          transcript: third,
          consent,
          description: given.text('description'),
          shared: given.isSet('shared') || undefined,
        });
        return show(voice, () => [`✓ Voice '${voice.name}' added as ${voice.id}`]);
      }
      if (action === 'rename' && words.length === 3) {
        const voice = await client.voices.rename(first, second);
        return show(voice, () => [`✓ Voice ${voice.id} is called '${voice.name}' now`]);
      }
      if (action === 'delete' && words.length === 2) {
        await client.voices.delete(first);
        return show({ id: first, deleted: true }, () => [`✓ Voice '${first}' deleted`]);
      }
      throw new Misuse('Say list, add NAME FILE TRANSCRIPT, rename ID NAME or delete ID.');
    },
  });
}

async function listVoices({ client, show }: Pick<Remote, 'client' | 'show'>): Promise<void> {
  const voices = await client.voices.list();
  const rows = voices.map(({ id, name, language }) => [id, language ?? '-', name]);
  show(voices, () =>
    rows.length === 0 ? ['No voices found'] : [columns([['VOICE', 'LANGUAGE', 'NAME'], ...rows])],
  );
}

interface UsageMonth {
  readonly month: string;
  readonly requests: number;
  readonly characters: number;
  readonly audio_seconds: number;
}

export function runUsage(args: readonly string[]): Promise<number> {
  return runRemote(args, {
    name: 'usage',
    help: usageOf('fish-ctl usage    what the key that asks has used', {}),
    more: {},
    async run({ client, show }) {
      const answer = (await (await client.request('/v1/usage')).json()) as { data: readonly UsageMonth[] };
      const rows = answer.data.map(({ month, requests, characters, audio_seconds: seconds }) => [
        month,
        String(requests),
        String(characters),
        String(seconds),
      ]);
      show(answer, () =>
        rows.length === 0
          ? ['Nothing was counted: usage belongs to a named key.']
          : [columns([['MONTH', 'REQUESTS', 'CHARACTERS', 'SECONDS'], ...rows])],
      );
    },
  });
}

const MAX_RECORDING_BYTES = 64 * 1024 * 1024;

async function readRecording(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read: ${error.code ?? error.message}`);
  });
  if (bytes.length > MAX_RECORDING_BYTES) throw new Error(`${path} is larger than 64 MiB.`);
  return new Uint8Array(bytes);
}
