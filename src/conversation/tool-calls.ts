import type { ModelEvent, ToolCall } from '../core/conversation.ts';
import { SpeechFailure } from '../core/errors.ts';

const MAX_CALLS = 64;
/** Code units of all arguments. */
const MAX_ARGUMENTS = 262_144;

/** The calls of a reply, put together from their parts. */
export class ToolCalls {
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>();
  #length = 0;

  /** @throws SpeechFailure for more than a client could want */
  add(event: Extract<ModelEvent, { kind: 'tool-call' | 'tool-arguments' }>): void {
    if (event.kind === 'tool-call') {
      this.#calls.set(event.index, { id: event.id, name: event.name, arguments: '' });
    } else {
      const call = this.#calls.get(event.index);
      this.#length += event.text.length;
      if (call) call.arguments += event.text;
    }
    if (this.#calls.size > MAX_CALLS || this.#length > MAX_ARGUMENTS)
      throw new SpeechFailure({ code: 'engine_failed' });
  }

  get all(): readonly ToolCall[] {
    return [...this.#calls.values()];
  }
}
