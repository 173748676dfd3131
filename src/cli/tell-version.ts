import { version } from '../core/version.ts';

/** Answers `version` alone, which scripts ask for often, without loading the server; false for whatever else was asked. */
export function tellVersion(argv: readonly string[]): boolean {
  const [word = '', ...more] = argv;
  if (more.length > 0 || !['version', '--version', '-v'].includes(word)) return false;
  process.stdout.write(`fish-server ${version}\n`);
  return true;
}
