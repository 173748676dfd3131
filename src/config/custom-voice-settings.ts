import { choice, DAY, duration, integer, SECOND, setting } from './values.ts';

/** Voices that clients make of recordings (`/v1/voices`). */
export const customVoiceSettings = {
  'voices.max': setting(
    integer(0, 10_000),
    '1000',
    'FISH_VOICES_MAX',
    'voices-max',
    'Voices that may be made of recordings, by all keys together; 0 is none',
  ),
  'voices.max_per_key': setting(
    integer(1, 10_000),
    '100',
    'FISH_VOICES_MAX_PER_KEY',
    'voices-max-per-key',
    'Of these, those of one key',
  ),
  'voices.mode': setting(
    choice('inline', 'register'),
    'inline',
    'FISH_VOICES_MODE',
    'voices-mode',
    'How a Fish-Speech server gets to know such a voice: `inline`, its recording goes with each text, or `register`: it is stored there before it speaks for the first time, and deleted with the voice. Those of 1.5 and older, which keep no voices, always get it inline',
  ),
  'voices.receipt_max_age': setting(
    duration(SECOND, 365 * DAY),
    '720h',
    'FISH_VOICES_RECEIPT_MAX_AGE',
    'voices-receipt-max-age',
    'How long the receipt of a speech in such a voice stays, at most: it is kept where made speech is, and the least used goes first',
  ),
};
