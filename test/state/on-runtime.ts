/**
 * The stores of a self-hosted server on whatever runtime runs this file, against every check: `on-runtime.ts <store> <folder>`,
 * the store as in `state.store`. Prints one JSON array; `drivers.test.ts` judges. Must exit by itself.
 */
import { blobChecks, boundCheck } from './blob-checks.ts';
import { runChecks } from './check.ts';
import { leaseChecks } from './lease-checks.ts';
import { pronunciationChecks } from './pronunciation-checks.ts';
import { rateChecks } from './rate-checks.ts';
import { recordChecks } from './record-checks.ts';
import { openLogged } from './support.ts';

const [store = '', dataDir = ''] = process.argv.slice(2);
const maxBytes = 8 * 1024 * 1024;
const { stores, logs } = await openLogged(store, dataDir, maxBytes);
const checks = [
  ...leaseChecks,
  ...rateChecks,
  ...recordChecks,
  ...blobChecks,
  ...pronunciationChecks,
  boundCheck(maxBytes),
];
const results = await runChecks(checks, stores);
await stores.close();
console.log(JSON.stringify({ results, logs }));
