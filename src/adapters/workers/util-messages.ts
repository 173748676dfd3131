/** What prom-client takes of Node's `util`: the text of two messages. The bundler puts this in its place (wrangler.toml). */
export function inspect(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

export function format(value: unknown): string {
  return inspect(value);
}
