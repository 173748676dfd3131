let found: Promise<boolean> | undefined;

/**
 * Is the optional package there that brings languages other than English? Loads none of its data. On its own, so that
 * the engine does not load what only its workers need.
 */
export function hasEspeak(): Promise<boolean> {
  const name: string = '@echogarden/espeak-ng-emscripten'; // not a literal import: a bundler must not look for it
  found ??= import(name).then(
    () => true,
    () => false,
  );
  return found;
}
