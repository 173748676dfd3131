import { describe } from 'vitest';
import { hasRuntime, type Runtime } from '../conformance/server.ts';
import { addBadRequests } from './bad-requests.ts';
import { addCrowd } from './crowd.ts';
import { addOneOrigin } from './one-origin.ts';
import { addOpenaiUpstream } from './openai-upstream.ts';
import { addReleases } from './releases.ts';
import { addSeveralOrigins } from './several-origins.ts';

/** What goes wrong between the gateway and its origins, black box, on one runtime: docs/faults.md is this as a table. */
export function faults(runtime: Runtime): void {
  describe.skipIf(!hasRuntime(runtime))(`${runtime}: faults`, { timeout: 180_000 }, () => {
    addOneOrigin(runtime);
    addReleases(runtime);
    addSeveralOrigins(runtime);
    addOpenaiUpstream(runtime);
    addBadRequests(runtime);
    addCrowd(runtime);
  });
}
