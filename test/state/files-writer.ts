/**
 * A server that puts files until it is killed: `files-writer.ts <folder>`. Each name ends in the hash of its bytes. Prints a line
 * when its store is open.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { openDiskFiles } from '../../src/adapters/local/disk-files.ts';
import { createFileStore } from '../../src/state/files.ts';

const [folder = ''] = process.argv.slice(2);
const MiB = 1024 * 1024;
const storage = await openDiskFiles(folder);
const files = createFileStore(storage, 1024 * MiB, { lasting: true, shared: false });
console.log('open');
for (let i = 0; ; i++) {
  const bytes = randomBytes(randomInt(MiB, 5 * MiB));
  const hash = createHash('sha256').update(bytes).digest('hex');
  await files.put(`voices/${process.pid}/${i}/${hash}`, bytes);
  const [oldest, ...others] = await files.list('');
  if (oldest && others.length > 6) await files.delete(oldest.name);
}
