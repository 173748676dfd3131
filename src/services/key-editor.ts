import { SpeechFailure } from '../core/errors.ts';
import { hashKey, type NamedKey, parseKeys } from './keys.ts';

/** Where the document of keys lies. Whoever changes it is alone with it meanwhile. */
export interface KeysDocument {
  /** Undefined where there is none; absent where there can be none. */
  readonly read?: (() => Promise<string | undefined>) | undefined;
  /** Writes what `edit` makes of the document; undefined leaves it as it is. Absent where nobody can write it. */
  readonly edit?: ((edit: (document: string | undefined) => string | undefined) => Promise<void>) | undefined;
}

type NewKey = Omit<NamedKey, 'sha256' | 'created' | 'master'>;
/** What may change of a key: its name is what counts, limits and voices know it by. `null` takes a limit or an end away. */
type KeyChange = {
  readonly [Member in 'rate' | 'characters' | 'expires' | 'admin']?: NamedKey[Member] | null;
};

/** There is a key of that name. */
export class KeyNameTaken extends Error {}

/** Makes, changes and withdraws keys: for the command line, and for administrators over HTTP. */
export interface KeyEditor {
  /** False: the three that change something throw SpeechFailure `not_supported`. */
  readonly canChange: boolean;
  list(): Promise<readonly NamedKey[]>;
  /** @returns the key and its secret, which is kept nowhere @throws KeyNameTaken */
  add(asked: NewKey): Promise<{ readonly key: NamedKey; readonly secret: string }>;
  /** Undefined where there is none of that name. */
  change(name: string, change: KeyChange): Promise<NamedKey | undefined>;
  /** Whether there was one. */
  remove(name: string): Promise<boolean>;
}

/** 256 bits: nobody guesses it, so that its plain hash may lie in a file. */
const KEY_BYTES = 32;

export function createKeyEditor(document: KeysDocument, now: () => number): KeyEditor {
  const checkChangeable = (): NonNullable<KeysDocument['edit']> => {
    if (document.edit) return document.edit;
    const message = 'The keys of this server are a setting, FISH_KEYS: they are changed where that is set.';
    throw new SpeechFailure({ code: 'not_supported', message });
  };
  const edit = (change: (keys: readonly NamedKey[]) => readonly NamedKey[] | undefined): Promise<void> =>
    checkChangeable()((text) => {
      const keys = change(parseKeys(text ?? ''));
      return keys && textOf(keys);
    });
  return {
    canChange: document.edit !== undefined,
    list: async () => parseKeys((await document.read?.()) ?? ''),
    async add(asked) {
      const secret = newSecret();
      const key = { ...asked, sha256: await hashKey(secret), created: new Date(now()).toISOString() };
      await edit((keys) => {
        if (keys.some(({ name }) => name === key.name))
          throw new KeyNameTaken(`There is a key ${key.name} already.`);
        return [...keys, key];
      });
      return { key, secret };
    },
    async change(name, change) {
      let changed: NamedKey | undefined;
      await edit((keys) => {
        if (!keys.some((key) => key.name === name)) return undefined;
        return keys.map((key) => {
          if (key.name !== name) return key;
          changed = changedKey(key, change);
          return changed;
        });
      });
      return changed;
    },
    async remove(name) {
      checkChangeable();
      let wasThere = (await this.list()).some((key) => key.name === name);
      if (!wasThere) return false; // nothing is locked, or made, for nothing
      await edit((keys) => {
        wasThere = keys.some((key) => key.name === name);
        return wasThere ? keys.filter((key) => key.name !== name) : undefined;
      });
      return wasThere;
    },
  };
}

function changedKey(key: NamedKey, change: KeyChange): NamedKey {
  const next = <Member extends keyof KeyChange>(member: Member): NamedKey[Member] =>
    change[member] === undefined ? key[member] : (change[member] ?? undefined);
  return {
    ...key,
    rate: next('rate'),
    characters: next('characters'),
    expires: next('expires'),
    admin: next('admin'),
  };
}

/** @throws Error with one line for what a server would refuse: it is never written */
function textOf(keys: readonly NamedKey[]): string {
  const text = `${JSON.stringify({ keys }, undefined, 2)}\n`;
  parseKeys(text);
  return text;
}

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const base64 = btoa(String.fromCharCode(...bytes));
  return `fe_${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}
