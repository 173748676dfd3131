import type { ErrorMeaning } from '../../core/dialect.ts';

/** Fish-Speech, Fish-Speech-Go and Fish Audio each read another member (docs/api.md): all are there. */
export function fishErrorBody({ status, message }: ErrorMeaning): object {
  return { statusCode: status, status, message, error: phrases[status] ?? 'Error', detail: message };
}

/** RFC 9110 reason phrases. */
const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
