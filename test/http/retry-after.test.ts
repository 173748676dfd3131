import { expect, test } from 'vitest';
import { toErrorResponse, usualErrorBody } from '../../src/http/error-response.ts';

// OpenAI's clients take no wait of more than a minute from these headers, Vercel's only one of less: they would fail at once.
test.each([
  [250, '1', '250'],
  [59_001, '60', '59001'],
  [60_000, '60', '59999'],
  [61_999.5, '60', '59999'],
  [3_600_000, '60', '59999'],
])('a wait of %d ms is told as %s s and %s ms', (retryAfterMs, seconds, ms) => {
  const { headers } = toErrorResponse(
    { code: 'rate_limit_exceeded', retryAfterMs, what: 'requests' },
    usualErrorBody,
  );
  expect([headers['retry-after'], headers['retry-after-ms']]).toEqual([seconds, ms]);
});
