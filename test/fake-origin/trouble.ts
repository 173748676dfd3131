import type { ServerResponse } from 'node:http';
import { drop, OriginError } from './replies.ts';

/** What the origin does instead of answering a request about references or tokens. */
export interface Trouble {
  /** Answer this status in the origin's error shape. */
  status?: number;
  /** Answer 200 with these bytes. */
  answer?: Uint8Array | string;
  /** Answer this status and begin a body that never ends. */
  endless?: number;
  /** Drop the connection. */
  dies?: boolean;
  /** Take the request and never answer. */
  silent?: boolean;
}

/** True when the request is dealt with. Throws the origin's error for `status`. */
export function makeTrouble(trouble: Trouble, response: ServerResponse): boolean {
  const { status, answer, endless, dies, silent } = trouble;
  if (status !== undefined)
    throw new OriginError(status, 'File system error occurred at /opt/fish/references');
  if (answer !== undefined) response.writeHead(200, { 'content-type': 'text/html' }).end(answer);
  if (endless !== undefined) response.writeHead(endless).write('<html>');
  if (dies) drop(response);
  return answer !== undefined || endless !== undefined || dies === true || silent === true;
}
