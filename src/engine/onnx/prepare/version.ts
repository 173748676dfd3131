import type { PackFamily } from '../packs/pack.ts';

/** Raise it when preparing gives other bytes: installed packs are then prepared again from their originals. */
const PIPER_VERSION = 3;

/** 0 where a family's files are used as they were fetched. */
export function prepareVersion(family: PackFamily): number {
  return family === 'piper' ? PIPER_VERSION : 0;
}

/** Roles of the files that preparing adds, and of those that an engine then no longer needs. */
export const preparedRoles: readonly string[] = ['encoder', 'flow', 'decoder'];
export const originalRole = 'original';
