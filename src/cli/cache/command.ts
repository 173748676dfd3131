import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../../adapters/local/packs.ts';
import { openSqlite } from '../../adapters/local/sqlite.ts';
import { countBlobs, dropWhole } from '../../state/sqlite/blob-rows.ts';
import { blobSchema, rateSchema } from '../../state/sqlite/sql.ts';
import { describeOptions, Misuse, type Options, parseOptions, reportMisuse } from '../usage.ts';

export const cacheOptions = {
  json: { type: 'boolean', about: 'for programs' },
  'data-dir': { type: 'string', value: 'DIR', about: "else FISH_DATA_DIR, else the user's data folder" },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Options;

const help = `Usage: fish-ctl cache show
       fish-ctl cache clear

The speech that a server keeps in its data folder. Clearing it is safe while a server runs: what it needs again is made again.

Options:
${describeOptions(cacheOptions)}
`;

/** So few at a time that a server which runs beside waits for none of it. */
const AT_A_TIME = 32;

/** Ends with the exit code: 0 done, 1 it failed, 2 called wrongly. */
export async function runCache(args: readonly string[]): Promise<number> {
  try {
    const given = parseOptions(args, cacheOptions);
    if (given.isSet('help')) {
      console.log(help);
      return 0;
    }
    const [action, ...rest] = given.positionals;
    if (rest.length > 0 || (action !== 'show' && action !== 'clear')) throw new Misuse('Say show or clear.');
    const path = join(dataFolder(given.text('data-dir')), 'cache.db');
    const found = await use(path, action);
    if (given.isSet('json')) console.log(JSON.stringify({ path, ...found }, undefined, 2));
    else
      console.log(
        `${found.blobs} speeches, ${(found.bytes / 1e6).toFixed(1)} MB, in ${path}${action === 'clear' ? ': cleared' : ''}`,
      );
    return 0;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Misuse) return reportMisuse('fish-ctl cache', message, help);
    console.error(message);
    return 1;
  }
}

/** What was there. */
async function use(path: string, action: 'show' | 'clear'): Promise<ReturnType<typeof countBlobs>> {
  if (!(await stat(path).catch(() => undefined))) return { blobs: 0, bytes: 0 };
  const db = await openSqlite(path, { schema: [...blobSchema, ...rateSchema], safe: false });
  try {
    const found = countBlobs(db);
    if (action === 'clear') while (dropWhole(db, AT_A_TIME) > 0) await new Promise(setImmediate);
    return found;
  } finally {
    db.close();
  }
}
