/**
 * - `unreachable`: a source did not answer, broke off, or does not have the file
 * - `wrong-content`: it answered with other bytes than the pinned ones
 * - `disk`: the data folder cannot be written; another source would not help
 * - `cancelled`: the user stopped it
 */
export type PackFailureKind = 'unreachable' | 'wrong-content' | 'disk' | 'cancelled';

/** Its message is one a user can act on; no stack is needed. */
export class PackFailure extends Error {
  readonly kind: PackFailureKind;
  /** The message without advice, on one line. */
  readonly brief: string;
  constructor(kind: PackFailureKind, message: string, cause?: unknown, brief: string = message) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PackFailure';
    this.kind = kind;
    this.brief = brief;
  }
}

/** No other source can help. */
export function isFinal(error: unknown): boolean {
  return error instanceof PackFailure && (error.kind === 'disk' || error.kind === 'cancelled');
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Runs work that touches the data folder; what goes wrong becomes one line that names the folder. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PackFailure) throw error;
    throw diskFailure(path, codeOf(error), error);
  }
}

/** `code` as the operating system names it. */
export function diskFailure(path: string, code: string, cause?: unknown): PackFailure {
  const why = reasons[code] ?? (cause === undefined ? code : describe(cause));
  const advice = 'Make room or choose another folder with --data-dir or FISH_DATA_DIR.';
  return new PackFailure('disk', `Cannot write ${path}: ${why}. ${advice}`, cause);
}

/** One line about any error; fetch hides the real reason in `cause`. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && !(error instanceof PackFailure)) return describe(error.cause);
  return (error.message || codeOf(error) || error.name).split('\n')[0] ?? error.name;
}
