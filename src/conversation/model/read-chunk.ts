import type { ModelEvent } from '../../core/conversation.ts';

/** Calls of functions in one answer. */
const MAX_CALLS = 64;
const MAX_NAME = 256;

/** What a stream that makes no sense is refused with. */
export class NonsenseFromModel extends Error {}

type Reason = Extract<ModelEvent, { kind: 'end' }>['reason'];

const reasons: Readonly<Record<string, Reason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'filtered',
};

/** Reads the chunks of one streamed chat completion, as they come from servers that are not to be trusted. */
export class ChunkReader {
  /** A high surrogate whose low one has not come: servers that decode token by token send halves. */
  #half = '';
  readonly #calls = new Set<number>();
  #reason: Reason | undefined;
  #usage: { inputTokens?: number | undefined; outputTokens?: number | undefined } = {};

  /** The model has said why it ends: only the count of its tokens may follow. */
  get isOver(): boolean {
    return this.#reason !== undefined;
  }

  /** @throws NonsenseFromModel */
  read(chunk: unknown): ModelEvent[] {
    const { choices, usage } = fieldsOf(chunk);
    const { prompt_tokens: inputs, completion_tokens: outputs } = fieldsOf(usage);
    if (isCount(inputs) && isCount(outputs)) this.#usage = { inputTokens: inputs, outputTokens: outputs };
    const { delta, finish_reason: reason } = fieldsOf(Array.isArray(choices) ? choices[0] : undefined);
    const { content, tool_calls: calls } = fieldsOf(delta);
    const events: ModelEvent[] = [];
    const text = typeof content === 'string' ? this.#whole(content) : '';
    if (text !== '') events.push({ kind: 'text', text });
    for (const [position, call] of (Array.isArray(calls) ? calls : []).entries()) {
      events.push(...this.#readCall(fieldsOf(call), position));
    }
    if (typeof reason === 'string') this.#reason = reasons[reason] ?? 'stop';
    return events;
  }

  /** After the last chunk. @throws NonsenseFromModel when the model was in the middle of its answer */
  end(): ModelEvent {
    if (!this.#reason) throw new NonsenseFromModel('The stream ended without a reason.');
    return { kind: 'end', reason: this.#reason, ...this.#usage };
  }

  #whole(content: string): string {
    const text = this.#half + content;
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.#half = isHalf ? text.slice(-1) : '';
    return (isHalf ? text.slice(0, -1) : text).toWellFormed();
  }

  #readCall(call: Readonly<Record<string, unknown>>, position: number): ModelEvent[] {
    const index = isCount(call.index) ? call.index : position;
    const { name, arguments: text } = fieldsOf(call.function);
    const events: ModelEvent[] = [];
    if (!this.#calls.has(index)) {
      const isName = typeof name === 'string' && name !== '' && name.length <= MAX_NAME;
      if (!isName || this.#calls.size >= MAX_CALLS) throw new NonsenseFromModel('A call without a name.');
      this.#calls.add(index);
      const id =
        typeof call.id === 'string' && call.id !== '' ? call.id.slice(0, MAX_NAME) : crypto.randomUUID();
      events.push({ kind: 'tool-call', index, id, name });
    }
    if (typeof text === 'string' && text !== '') events.push({ kind: 'tool-arguments', index, text });
    return events;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
