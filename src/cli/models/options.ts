import type { Options } from '../usage.ts';

export const modelActions = [
  'list',
  'available',
  'pull',
  'catalogue',
  'add',
  'remove',
  'verify',
  'tune',
] as const;

export const modelsOptions = {
  'data-dir': { type: 'string', about: 'the data folder' },
  verify: { type: 'boolean', about: 'read all files and compare their sha256' },
  json: { type: 'boolean', about: 'for programs' },
  config: { type: 'string', about: 'the file beside an added voice' },
  id: { type: 'string', about: 'what an added voice is called' },
  language: { type: 'string', about: 'of an added voice' },
  license: { type: 'string', about: 'of an added voice' },
  'catalogue-url': { type: 'string', about: 'where the catalogue of Piper voices lies' },
  'dry-run': { type: 'boolean', about: 'measure, and keep nothing' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Options;
