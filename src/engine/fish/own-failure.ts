/** Its `statusCode` comes first, then its message, which may be longer than what is read of it. */
const OWN_SHAPE = /^\s*\{\s*"statusCode"\s*:\s*500\s*,\s*"message"\s*:/;
/** Of the server below it, where the answer to a wrong request cannot be written. */
const SERVER_SHAPE = 'Internal Server Error';

/** A 500 in Fish-Speech's own shape: the server lives, and its engine could not speak this. */
export function isEngineFailure(status: number, body: string): boolean {
  return status === 500 && (OWN_SHAPE.test(body) || body.trim() === SERVER_SHAPE);
}
