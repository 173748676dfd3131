import { expect, it } from 'vitest';
import { generatedDocs } from '../../scripts/docs.ts';

it('the generated parts of the documentation are up to date (npm run docs)', () => {
  for (const { now, wanted } of generatedDocs()) expect(now).toBe(wanted);
});
