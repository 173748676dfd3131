import { Failure } from '../api/server.ts';
import { t } from './i18n.ts';

const USUAL_WAIT_SECONDS = 5;

/** What went wrong, in plain words. */
export function explain(error: unknown): string {
  if (error instanceof DOMException && error.name === 'NotAllowedError') return t('microphoneDenied');
  if (error instanceof DOMException && error.name === 'NotFoundError') return t('microphoneNone');
  if (!(error instanceof Failure)) return t('failBroken');
  const time = Math.ceil(error.retryAfter ?? USUAL_WAIT_SECONDS);
  switch (error.kind) {
    case 'unreachable':
      return t('failUnreachable');
    case 'key':
      return t('failKey');
    case 'busy':
      return t('failBusy', { time });
    case 'limit':
      return t('failLimit', { time });
    case 'missing':
      return t('failMissing');
    case 'refused':
      return t('failRefused', { message: error.message });
    case 'unsupported':
      return t('failUnsupported');
    case 'broken':
      return t('failBroken');
    case 'plain':
      return error.message;
  }
}
