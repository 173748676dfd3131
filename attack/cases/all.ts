import type { AttackCase } from '../case.ts';
import { authCases } from './auth.ts';
import { browserCases } from './browser.ts';
import { conversationCases } from './conversations.ts';
import { eventLoopCases } from './event-loop.ts';
import { fileCases } from './files.ts';
import { injectionCases } from './injection.ts';
import { linkCases } from './links.ts';
import { originCases } from './origins.ts';
import { receivingCases } from './receiving.ts';
import { shareCases } from './shares.ts';
import { slowCases } from './slow.ts';
import { smugglingCases } from './smuggling.ts';

/** Every case, family by family. Neighbours with the same setup share a server. */
export const cases: readonly AttackCase[] = [
  ...authCases,
  ...injectionCases,
  ...smugglingCases,
  ...eventLoopCases,
  ...receivingCases,
  ...shareCases,
  ...conversationCases,
  ...originCases,
  ...linkCases,
  ...browserCases,
  ...slowCases,
  ...fileCases,
];
