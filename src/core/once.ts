/** Makes a thing when somebody first asks for it: what only some requests need is no part of the start. */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
