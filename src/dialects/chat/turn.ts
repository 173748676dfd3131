import type { History, HistoryEntry } from '../../conversation/history.ts';
import type { Reply, ReplyOutcome } from '../../conversation/reply.ts';

export interface Answer {
  readonly messageId: string;
  readonly reply: Reply;
  readonly entry: HistoryEntry;
  /** The end of its text was told. */
  isWritten: boolean;
  /** Its first audio was announced. */
  hasAudio: boolean;
  /** All of it was told. */
  isDone: boolean;
}

export function startAnswer(name: string, reply: Reply): Answer {
  const entry: HistoryEntry = { role: 'assistant', name, content: '' };
  return { messageId: crypto.randomUUID(), reply, entry, isWritten: false, hasAudio: false, isDone: false };
}

/** What follows one message of the user: one character answers after the other. */
export class Turn {
  readonly #answers: Answer[] = [];
  /** No more of it is said: it is at its end, or was interrupted. */
  isOver = false;

  add(answer: Answer): void {
    this.#answers.push(answer);
  }

  /** The one that is being said. */
  get current(): Answer | undefined {
    const last = this.#answers.at(-1);
    return last?.isDone ? undefined : last;
  }

  get last(): Answer | undefined {
    return this.#answers.at(-1);
  }

  answerOf(messageId: string | undefined): Answer | undefined {
    return messageId === undefined
      ? this.last
      : this.#answers.find((answer) => answer.messageId === messageId);
  }

  hold(): void {
    this.current?.reply.hold();
  }

  release(): void {
    this.current?.reply.release();
  }

  /** Stops what is being said. The history keeps what was heard of each answer. @returns what was heard of the last one */
  interrupt(history: History): string {
    this.isOver = true;
    let heard = '';
    for (const { reply, entry } of this.#answers) {
      heard = reply.heard();
      reply.interrupt();
      history.settle(entry, heard);
    }
    return heard;
  }
}

/** What the history keeps of an answer that came to its end: of one that broke off, what was said of it. */
export function contentOf(reply: Reply, { reason, text }: ReplyOutcome): string {
  if (reason !== 'failed') return text.trim();
  return reply.heardText(Number.POSITIVE_INFINITY) || text.trim();
}
