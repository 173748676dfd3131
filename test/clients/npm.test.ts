import { afterAll, beforeAll, describe, it } from 'vitest';
import { CannotTry, runCheck } from './check.ts';
import { type StartedGround, startGround } from './ground.ts';
import { knownReason } from './known.ts';
import { npmClients } from './npm/clients.ts';

/** The part of `npm run test:clients` that needs no other language: the official clients, as they are published. */
describe('clients from npm', { timeout: 70_000 }, () => {
  let ground: StartedGround;
  beforeAll(async () => {
    ground = await startGround('node');
  });
  afterAll(() => ground?.stop());

  for (const { client, checks } of npmClients) {
    for (const [name, check] of Object.entries(checks)) {
      const known = knownReason(client, name);
      it.skipIf(known !== undefined)(`${client}: ${name}${known ? ` (${known})` : ''}`, async ({ skip }) => {
        await runCheck(check, ground).catch((error: unknown) => {
          if (error instanceof CannotTry) skip(error.message);
          throw error;
        });
      });
    }
  }
});
