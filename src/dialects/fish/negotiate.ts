/**
 * Whether an answer about references is JSON rather than msgpack (protocols.md 1.7): `?format=` decides, then an `Accept`
 * that names one of the two. Upstream's later versions know `?format=application/json`, too.
 *
 * @param otherwise what a client gets that names neither or both; upstream gives it msgpack
 */
export function prefersJson(
  format: string | undefined,
  accept: string | undefined,
  otherwise = false,
): boolean {
  const named = format?.trim().toLowerCase();
  if (named === 'json' || named === 'application/json') return true;
  if (named === 'msgpack' || named === 'application/msgpack') return false;
  const accepted = accept?.toLowerCase() ?? '';
  const json = accepted.includes('application/json');
  return json === accepted.includes('application/msgpack') ? otherwise : json;
}
