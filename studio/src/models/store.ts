import { signal } from '@preact/signals';
import { listModels, type Model, type PullProgress, pullModel } from '../api/admin.ts';
import { isAbort } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { loadVoices } from '../voices/list.ts';

/** A pull that this page began. It goes on while another tab of the page is looked at. */
interface Pull {
  readonly progress: PullProgress | undefined;
  readonly cancel: () => void;
}

/** Undefined until the server has told. */
export const models = signal<readonly Model[] | undefined>(undefined);
export const pulls = signal<ReadonlyMap<string, Pull>>(new Map());
/** Why the last pull of a model failed, by its id. */
export const failures = signal<ReadonlyMap<string, string>>(new Map());

/** @throws Failure */
export async function loadModels(): Promise<void> {
  models.value = await listModels();
}

export async function pull(id: string): Promise<void> {
  if (pulls.value.has(id)) return;
  const leaving = new AbortController();
  const show = (progress: PullProgress | undefined): void => {
    pulls.value = new Map(pulls.value).set(id, { progress, cancel: () => leaving.abort() });
  };
  show(undefined);
  failures.value = without(failures.value, id);
  try {
    await pullModel(id, show, leaving.signal);
    await Promise.all([loadModels(), loadVoices()]);
  } catch (error) {
    if (!isAbort(error)) failures.value = new Map(failures.value).set(id, explain(error));
  } finally {
    pulls.value = without(pulls.value, id);
  }
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
