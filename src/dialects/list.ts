import type { HttpDialect } from '../http/options.ts';
import { admin } from './admin/dialect.ts';
import { chat } from './chat/dialect.ts';
import { elevenlabs } from './elevenlabs/dialect.ts';
import { fish } from './fish/dialect.ts';
import { openai } from './openai/dialect.ts';
import { operate } from './operate/dialect.ts';
import { own } from './own/dialect.ts';
import { player } from './player/dialect.ts';
import { query } from './query/dialect.ts';
import { realtime } from './realtime/dialect.ts';
import { studio } from './studio/dialect.ts';

/** Every dialect. Where two have one address the first has it; the last has all that is nobody else's. */
export const dialects: readonly HttpDialect[] = [
  elevenlabs,
  fish,
  chat,
  player,
  query,
  own,
  admin,
  operate,
  studio,
  realtime,
  openai,
];
