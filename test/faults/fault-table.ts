/** A status with its body, a break after 200, or so many bytes and an orderly end. */
export type End = number | 'break' | { readonly bytes: number };

export interface Fault {
  readonly name: string;
  readonly marker: string;
  readonly streamed: End;
  readonly whole: End;
  readonly retryAfter?: string;
  /** Its way through the gateway depends on the release of the origin: how a stream begins, and what an error looks like. */
  readonly byRelease?: true;
  /** It ends by a deadline of the gateway's: all others have time, however slow the machine. */
  readonly late?: true;
}

/** What one origin can do wrong, by the markers of the fake one: docs/faults.md is this as a table. */
export const faultTable: readonly Fault[] = [
  { name: 'accepts and stays silent', marker: '[[silent]]', streamed: 504, whole: 504, late: true },
  {
    name: 'answers 500 in its own shape',
    marker: '[[status=500]]',
    streamed: 400,
    whole: 400,
    byRelease: true,
  },
  { name: 'answers 500 in another', marker: '[[status=500]] [[answer=no]]', streamed: 502, whole: 502 },
  { name: 'answers 502', marker: '[[status=502]]', streamed: 502, whole: 502 },
  {
    name: 'answers 503',
    marker: '[[status=503]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  {
    name: 'answers 429',
    marker: '[[status=429]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  { name: 'dies before the body', marker: '[[dieBeforeHeaders]]', streamed: 502, whole: 502 },
  { name: 'dies at the body', marker: '[[dieAfterBytes=0]]', streamed: 400, whole: 502, byRelease: true },
  {
    name: 'dies in the middle of the body',
    marker: '[[bodyBytes=400000]] [[chunkBytes=50000]] [[chunkMs=20]] [[dieAfterBytes=200000]]',
    streamed: 'break',
    whole: 'break',
    byRelease: true,
  },
  {
    name: 'falls silent in the middle of the body',
    marker: '[[bodyBytes=400000]] [[silentAfterBytes=200000]]',
    streamed: 'break',
    whole: 'break',
    byRelease: true,
    late: true,
  },
  {
    name: 'sends half a frame at the end',
    marker: '[[bodyBytes=40001]]',
    streamed: 'break',
    whole: 502,
  },
  {
    name: 'sends a body that is too long in time',
    marker: '[[bodyBytes=8000000]] [[chunkBytes=200000]] [[chunkMs=100]]',
    streamed: 'break',
    whole: 'break',
    late: true,
  },
  {
    name: 'sends a body that is too long to be answered whole',
    marker: '[[bodyBytes=8000000]] [[header=unknown]]',
    streamed: { bytes: 8_000_044 },
    whole: 413,
  },
  { name: 'sends nothing', marker: '[[bodyBytes=0]]', streamed: 400, whole: 502, byRelease: true },
  { name: 'sends HTML', marker: '[[answer=<html>no</html>]]', streamed: 502, whole: 502 },
  {
    name: 'sends HTML and calls it audio',
    marker: '[[answer=<html>no</html>]] [[contentType=audio/wav]]',
    streamed: 502,
    whole: 502,
  },
  { name: 'sends a WAV of floats', marker: '[[header=float]]', streamed: 502, whole: 502 },
  {
    name: 'sends a WAV header that promises more',
    marker: '[[header=promises-more]]',
    streamed: 'break',
    whole: 'break',
  },
  {
    name: 'sends a WAV header that promises less',
    marker: '[[header=promises-less]]',
    streamed: { bytes: 1044 },
    whole: { bytes: 1044 },
  },
];
