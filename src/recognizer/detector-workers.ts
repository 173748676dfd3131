import type { EmbeddedDetector } from './detector.ts';

/** `imports` of package.json puts this in the place of `detector.ts` on Workers, which hold no model. */
export function createEmbeddedDetector(): EmbeddedDetector | undefined {
  return undefined;
}
