import { ask, Failure } from '../api/server.ts';
import { type Asked, type Format, RATE, speechFile } from '../api/speech.ts';
import { wavOf } from '../audio/wav.ts';
import { number, t } from '../i18n/i18n.ts';
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

interface Saving {
  /** What was spoken of it already: a WAV of that need not be made again. */
  readonly made: Speech | undefined;
  readonly leaving: AbortSignal;
  /** @param part of the whole, 0 to 1 */
  readonly onProgress: (part: number) => void;
}

/** @throws Failure, AbortError */
export async function saveSpeech(text: string, asked: Asked, format: Format, saving: Saving): Promise<void> {
  const { made, leaving, onProgress } = saving;
  const isMade = made?.text === text && made.asked.voice === asked.voice && made.asked.speed === asked.speed;
  if (isMade && format === 'wav') return saveFile(wavOf(made.player.samples(), RATE), nameOf(text, format));
  const pieces = cutText(text, MAX_PIECE);
  const isWav = format === 'wav' && pieces.length > 1; // one header stands before all of it
  if (pieces.length > 1 && !isWav && !joinable.includes(format))
    throw new Failure('plain', t('downloadLong', { format: format.toUpperCase(), count: number(MAX_PIECE) }));
  const files: Blob[] = [];
  for (const piece of pieces) {
    files.push(await speechFile(piece.text, asked, isWav ? 'pcm' : format, leaving));
    onProgress(files.length / pieces.length);
  }
  const whole = new Blob(files, { type: files[0]?.type ?? '' });
  const wav = async (): Promise<Blob> => wavOf(new Int16Array(await whole.arrayBuffer()), RATE);
  saveFile(isWav ? await wav() : whole, nameOf(text, format));
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
