/**
 * The stores of a self-hosted server on whatever runtime runs this file, against every check: `on-runtime.ts <store> <folder>`,
 * the store as in `state.store`, and the address of a bucket, if files lie in one, whose keys are in the environment. Prints one JSON array; `drivers.test.ts` judges. Must exit by itself.
 */
import { blobChecks, boundCheck } from './blob-checks.ts';
import { runChecks } from './check.ts';
import { fileBoundCheck, fileChecks } from './file-checks.ts';
import { leaseChecks } from './lease-checks.ts';
import { pronunciationChecks } from './pronunciation-checks.ts';
import { rateChecks } from './rate-checks.ts';
import { recordChecks } from './record-checks.ts';
import { openLogged } from './support.ts';

const [store = '', dataDir = '', bucket] = process.argv.slice(2);
const maxBytes = 8 * 1024 * 1024;
const maxFileBytes = 4 * maxBytes;
const { FISH_S3_ACCESS_KEY: accessKey, FISH_S3_SECRET_KEY: secretKey } = process.env;
const files = { store: bucket ?? 'auto', accessKey, secretKey, maxBytes: maxFileBytes };
const { stores, logs } = await openLogged(store, dataDir, maxBytes, files);
const checks = [
  ...leaseChecks,
  ...rateChecks,
  ...recordChecks,
  ...blobChecks,
  ...pronunciationChecks,
  boundCheck(maxBytes),
  ...fileChecks,
  ...(stores.files.abilities.shared ? [] : [fileBoundCheck(maxFileBytes)]),
];
const results = await runChecks(checks, stores);
await stores.close();
const { abilities } = stores.files;
console.log(JSON.stringify({ results, logs, abilities }));
