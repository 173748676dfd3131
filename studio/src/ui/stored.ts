import { effect, type Signal, signal } from '@preact/signals';

/** What the user wrote and chose. It stays when the page is loaded again. */
export function stored<T>(name: string, standard: T): Signal<T> {
  const key = `fish-edge-${name}`;
  const state = signal<T>(read(key, standard));
  effect(() => write(key, state.value));
  return state;
}

/** Code units that are written at each change; more take too long, and do not fit. */
const MAX_SMALL = 200_000;
const WAIT_MS = 300;

/**
 * A text of any length: a long one is kept in a database, a moment after it was changed. Each tab of the browser has its own; a new
 * one begins with what was written last in any of them.
 */
export function storedText(name: string): Signal<string> {
  const key = `fish-edge-${name}`;
  const isLong = `${key}-is-long`;
  const state = signal(readOwn(key, ''));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = (text: string): void => {
    clearTimeout(timer);
    if (text.length <= MAX_SMALL) {
      writeOwn(key, text);
      writeOwn(isLong, false);
      return;
    }
    timer = setTimeout(() => {
      keepLong(key, text).then(
        () => {
          writeOwn(isLong, true);
          writeOwn(key, '');
        },
        () => {}, // a window that keeps nothing: it stays on the page
      );
    }, WAIT_MS);
  };
  const follow = (): void => void state.subscribe(keep);
  if (!readOwn(isLong, false)) follow();
  else
    void readLong(key)
      .then((text) => {
        if (state.value === '') state.value = text; // else something was written meanwhile
      })
      .catch(() => {})
      .finally(follow);
  return state;
}

function write(key: string, value: unknown, storage = localStorage): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    storage.removeItem(key); // no room: it stays on the page, and nothing older comes back
  }
}

/** For this tab, and for new ones. */
function writeOwn(key: string, value: unknown): void {
  write(key, value, sessionStorage);
  write(key, value);
}

function readOwn<T>(key: string, standard: T): T {
  return sessionStorage.getItem(key) === null ? read(key, standard) : read(key, standard, sessionStorage);
}

function read<T>(key: string, standard: T, storage = localStorage): T {
  try {
    const value = JSON.parse(storage.getItem(key) ?? 'null') as T | null;
    return value !== null && typeof value === typeof standard ? value : standard;
  } catch {
    return standard;
  }
}

const TEXTS = 'texts';

async function keepLong(key: string, text: string): Promise<void> {
  const texts = await openTexts('readwrite');
  await answerOf(texts.put(text, key));
}

async function readLong(key: string): Promise<string> {
  const texts = await openTexts('readonly');
  const found: unknown = await answerOf(texts.get(key));
  return typeof found === 'string' ? found : '';
}

async function openTexts(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open('fish-edge', 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(TEXTS);
  const database = await answerOf(opening);
  return database.transaction(TEXTS, mode).objectStore(TEXTS);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
