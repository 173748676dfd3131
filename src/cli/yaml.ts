import { parse } from 'yaml';

/** The parser, for whoever loads it late: of a library in CommonJS, `import()` in a bundle gives the default alone, and this one has none. */
export function parseYaml(text: string): unknown {
  return parse(text);
}
