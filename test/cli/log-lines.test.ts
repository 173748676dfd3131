import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const local = new URL('../../src/adapters/local/local.ts', import.meta.url).href;
const script = `
  import { writeLog } from ${JSON.stringify(local)};
  const write = process.stdout.write.bind(process.stdout);
  let writes = 0;
  process.stdout.write = (text) => { writes += 1; return write(text); };
  for (let line = 0; line < 100; line++) writeLog('line ' + line);
  setImmediate(() => {
    writeLog('last, after ' + writes);
    process.exit(0);
  });
`;

test('lines of one turn of the loop are written together, and the last ones before the process ends', async () => {
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`);
  expect(stdout.trimEnd().split('\n')).toEqual([...lines, 'last, after 1']);
});
