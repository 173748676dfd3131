import { decimal, duration, HOUR, integer, SECOND, setting } from './values.ts';

/** Microphones of conversations. */
export const listeningSettings = {
  'listening.threshold': setting(
    decimal(0.01, 0.99),
    '0.5',
    'FISH_LISTENING_THRESHOLD',
    'listening-threshold',
    'How likely sound must be speech to count as it, where a client does not say',
  ),
  'listening.prefix': setting(
    duration(0, 5 * SECOND),
    '300ms',
    'FISH_LISTENING_PREFIX',
    'listening-prefix',
    'How much sound before the first speech belongs to what is said, where a client does not say',
  ),
  'listening.silence': setting(
    duration(100, 10 * SECOND),
    '700ms',
    'FISH_LISTENING_SILENCE',
    'listening-silence',
    'How long somebody is silent who has finished speaking, where a client does not say',
  ),
  'listening.early_answers': setting(
    integer(0, 8),
    '2',
    'FISH_LISTENING_EARLY_ANSWERS',
    'listening-early-answers',
    'How often in one turn an answer is begun after a short silence, before it is sure that somebody has finished; each is a call of the language model. 0: never',
  ),
  'listening.timeout': setting(
    duration(100, HOUR),
    '20s',
    'FISH_LISTENING_TIMEOUT',
    'listening-timeout',
    'Longest wait for the text of what was said',
  ),
  'listening.max_sessions': setting(
    integer(0, 10_000),
    '32',
    'FISH_LISTENING_MAX_SESSIONS',
    'listening-max-sessions',
    'Microphones that are listened to at once; the next one is refused',
  ),
};
