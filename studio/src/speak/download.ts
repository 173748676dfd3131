import { ask, Failure } from '../api/server.ts';
import { type Asked, type Format, RATE, speechFile } from '../api/speech.ts';
import { wavOf } from '../audio/wav.ts';
import { t } from '../i18n/i18n.ts';
import { joinCaptions } from '../text/captions.ts';
import { cutText } from '../text/pieces.ts';
import { nameOf, saveFile } from '../ui/save.ts';
import type { Speech } from './session.ts';

/** Characters of one request. */
const MAX_PIECE = 3500;
/** Files of these can be joined end to end. */
const joinable: readonly Format[] = ['mp3', 'aac', 'pcm', 'opus'];

export const captionFormats = ['srt', 'vtt'] as const;
export type CaptionFormat = (typeof captionFormats)[number];

/** @param made what was spoken of it already: a WAV of that need not be made again */
export async function saveSpeech(
  text: string,
  asked: Asked,
  format: Format,
  made: Speech | undefined,
): Promise<void> {
  const isMade = made?.text === text && made.asked.voice === asked.voice && made.asked.speed === asked.speed;
  if (isMade && format === 'wav') return saveFile(wavOf(made.player.samples(), RATE), nameOf(text, format));
  const pieces = cutText(text, MAX_PIECE);
  if (pieces.length > 1 && !joinable.includes(format))
    throw new Failure('refused', `${format.toUpperCase()} > ${t('characters', { count: MAX_PIECE })}`);
  const files: Blob[] = [];
  for (const piece of pieces) files.push(await speechFile(piece.text, asked, format));
  saveFile(new Blob(files, { type: files[0]?.type ?? '' }), nameOf(text, format));
}

/** The server's captions of each part, with the times of the whole. @throws Failure once the server has forgotten them */
export async function saveCaptions({ parts, text }: Speech, format: CaptionFormat): Promise<void> {
  const files = [];
  for (const { id, start } of parts) {
    const content = await (await ask(`v1/audio/speech/${id}.${format}`)).text();
    files.push({ content, start });
  }
  saveFile(new Blob([joinCaptions(files, format)], { type: 'text/plain' }), nameOf(text, format));
}
