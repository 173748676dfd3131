import type { ReplyEvent } from '../../conversation/reply.ts';
import type { Farewell, LastWords } from '../../conversation/socket-life.ts';
import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { meaningOf } from '../../http/error-response.ts';
import type { Answer } from './turn.ts';

type Fields = Readonly<Record<string, unknown>>;
type Message = string | Uint8Array<ArrayBuffer>;

/** An event as the pages read it: one finds its fields beside `type`, another in `data`. */
export function event(type: string, fields: Fields = {}): string {
  return JSON.stringify({ type, ...fields, data: fields });
}

/** What went wrong. The session goes on, unless it is closed behind it. */
export function errorEvent(error: SpeechError, about: Fields = {}): string {
  const { code, message, param } = meaningOf(error);
  return event('error', { code, message, ...(param !== undefined && { param }), ...about });
}

/** The same for what ends the session, with the reason in the close frame. */
export function lastWordsOf({ error }: SpeechFailure): LastWords & { readonly event: string } {
  return { event: errorEvent(error), reason: meaningOf(error).message };
}

export function farewellOf(why: Farewell): LastWords {
  if (why === 'draining') return lastWordsOf(new SpeechFailure({ code: 'shutting_down' }));
  return { reason: why === 'idle' ? 'Nothing was said for too long.' : 'The time of the session is over.' };
}

function aboutOf({ messageId, entry }: Answer): {
  readonly message_id: string;
  readonly character_name: string;
} {
  return { message_id: messageId, character_name: entry.name ?? '' };
}

function stamped(type: string, answer: Answer, clock: Clock): string {
  return event(type, { ...aboutOf(answer), timestamp: clock.wallNow() / 1000 });
}

/** The first event of an answer. */
export function startOf(answer: Answer, clock: Clock): readonly Message[] {
  return [stamped('text_stream_start', answer, clock)];
}

/** What an event of a reply is to the client. */
export function messagesOf(what: ReplyEvent, answer: Answer, clock: Clock): readonly Message[] {
  const about = aboutOf(answer);
  switch (what.kind) {
    case 'text':
      return [event('text_chunk', { text: what.text, ...about, is_final: false })];
    case 'text-end': {
      answer.isWritten = true;
      const failure = what.error ? [errorEvent(what.error, about)] : [];
      return [...failure, ...endOfText(answer, clock)];
    }
    case 'sentence':
      if (answer.hasAudio) return [];
      answer.hasAudio = true;
      return [stamped('audio_stream_start', answer, clock)];
    case 'audio': {
      const { sentence, chunk, pcm } = what;
      const place = { sentence_index: sentence, chunk_index: chunk, index: sentence };
      return [event('audio_chunk_meta', { ...place, ...about, chunk_id: `${sentence}-${chunk}` }), pcm];
    }
    case 'sentence-failed':
      return [errorEvent(what.error, { ...about, sentence_index: what.sentence })];
    case 'tool-call':
    case 'tool-arguments':
      return []; // pages offer none
  }
}

/** The last events of an answer, at its end or where it was interrupted. */
export function endOf(answer: Answer, clock: Clock): readonly Message[] {
  const text = answer.isWritten ? [] : endOfText(answer, clock);
  return answer.hasAudio ? [...text, stamped('audio_stream_stop', answer, clock)] : text;
}

/** One page waits for a last chunk, the other for the stop. */
function endOfText(answer: Answer, clock: Clock): readonly Message[] {
  const last = event('text_chunk', { text: '', ...aboutOf(answer), is_final: true });
  return [last, stamped('text_stream_stop', answer, clock)];
}
