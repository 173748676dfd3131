import { parseArgs } from 'node:util';
import { dataFolder } from '../../adapters/local/packs.ts';
import { keysFile, readKeysFile } from '../../adapters/local/private-files.ts';
import { createKeyEditor, type KeyEditor } from '../../services/key-editor.ts';
import type { NamedKey } from '../../services/keys.ts';
import { Misuse, misuseOf, type Options, reportMisuse } from '../usage.ts';
import { editKeysFile } from './edit-file.ts';

const help = `Usage: fish-ctl keys create NAME [--rate N] [--characters N] [--expires DATE] [--admin] [--keys-file FILE]
       fish-ctl keys list [--json] [--keys-file FILE]
       fish-ctl keys delete NAME [--keys-file FILE]

create    makes a key and prints it once; only its hash is kept. --rate is requests a minute, --characters is
          characters of text a minute: 0 is no limit, without them the server's own limits hold;
          --admin lets it change what all keys share (pronunciations for everybody), and look after the server
          over HTTP: keys, models, usage of all
list      shows names, limits and dates, never keys
delete    a running server refuses the key within seconds

From the first key on, a server asks every client for one, also when the last is deleted again. The file is --keys-file, else FISH_KEYS_FILE, else keys.json
in the data folder (--data-dir, else FISH_DATA_DIR).
`;

export const keysOptions = {
  rate: { type: 'string', about: 'requests a minute' },
  characters: { type: 'string', about: 'characters of text a minute' },
  expires: { type: 'string', about: 'a date' },
  'keys-file': { type: 'string', about: 'else FISH_KEYS_FILE, else keys.json in the data folder' },
  'data-dir': { type: 'string', about: 'the data folder' },
  admin: { type: 'boolean', about: 'may change what all keys share, and the server' },
  json: { type: 'boolean', about: 'for programs' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Options;

/** Ends with the exit code: 0 done, 1 it failed, 2 called wrongly. */
export async function runKeys(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    if (values.help) {
      console.log(help);
      return 0;
    }
    const file = keysFile(
      values['keys-file'] ?? process.env.FISH_KEYS_FILE ?? '',
      dataFolder(values['data-dir']),
    );
    const [action, name, ...more] = positionals;
    if (more.length > 0) throw new Misuse(`Unexpected argument '${more[0]}'.`);
    if (action === 'list' && name === undefined) return await list(file, values.json === true);
    if (action === 'create' && name !== undefined) return await create(file, name, values);
    if (action === 'delete' && name !== undefined) return await remove(file, name);
    throw new Misuse(
      action === undefined ? 'Say create, list or delete.' : 'Say what: create NAME, list, delete NAME.',
    );
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Misuse) return reportMisuse('fish-ctl keys', message, help);
    console.error(message);
    return 1;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: keysOptions });
  } catch (error) {
    throw misuseOf(error, Object.keys(keysOptions));
  }
}

async function create(
  file: string,
  name: string,
  values: { rate?: string; characters?: string; expires?: string; admin?: boolean },
): Promise<number> {
  const { secret } = await editorOf(file).add({
    name,
    rate: limit('--rate', values.rate),
    characters: limit('--characters', values.characters),
    expires: date(values.expires),
    admin: values.admin,
  });
  console.log(secret);
  console.error(`Key ${name} is in ${file}. It is shown only now.`);
  return 0;
}

async function list(file: string, json: boolean): Promise<number> {
  const keys = await editorOf(file).list();
  const rows = keys.map(({ sha256: _, ...shown }) => shown);
  if (json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.error(`There are no keys in ${file}.`);
  else for (const row of rows) console.log(describeKey(row));
  return 0;
}

function describeKey({ name, rate, characters, admin, created, expires }: Omit<NamedKey, 'sha256'>): string {
  const limits = [
    admin ? 'admin' : undefined,
    rate === undefined ? undefined : `${rate} requests/min`,
    characters === undefined ? undefined : `${characters} characters/min`,
    expires === undefined ? undefined : `until ${expires.slice(0, 10)}`,
  ].filter((part) => part !== undefined);
  return [name.padEnd(24), created.slice(0, 10), ...limits].join('  ');
}

async function remove(file: string, name: string): Promise<number> {
  if (await editorOf(file).remove(name)) {
    console.error(`Key ${name} is deleted.`);
    return 0;
  }
  console.error(`There is no key ${name} in ${file}.`);
  return 1;
}

function limit(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Misuse(`${flag} must be a whole number from 0 to 999999999.`);
  return Number(text);
}

function date(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Misuse('--expires must be a date, for example 2027-01-31.');
  return at.toISOString();
}

function editorOf(file: string): KeyEditor {
  const document = { read: () => readKeysFile(file), edit: editKeysFile(file) };
  return createKeyEditor(document, Date.now);
}
