/** What a conversation consists of, in the words of today's protocol; `wire-format.ts` knows the names of the beta. */

type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type ContentPart =
  | { readonly type: 'input_text' | 'output_text'; readonly text: string }
  /** Audio itself is not kept: what was said in it is. Null until that is known. */
  | { readonly type: 'input_audio' | 'output_audio'; readonly transcript: string | null };

export interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'system' | 'user' | 'assistant';
  readonly status: ItemStatus;
  readonly content: readonly ContentPart[];
}

export interface FunctionCallItem {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly name: string;
  /** JSON as the model wrote it. */
  readonly arguments: string;
}

export interface FunctionOutputItem {
  readonly id: string;
  readonly type: 'function_call_output';
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly output: string;
}

export type Item = MessageItem | FunctionCallItem | FunctionOutputItem;

/** An id that nobody can guess, as OpenAI writes them: a prefix and 21 characters. */
export function newId(prefix: 'sess' | 'conv' | 'item' | 'resp' | 'event' | 'call'): string {
  return `${prefix}_${crypto.randomUUID().replaceAll('-', '').slice(0, ID_LENGTH)}`;
}

const ID_LENGTH = 21;

/** Code units of text in it, which is what it takes of memory. */
export function sizeOf(item: Item): number {
  switch (item.type) {
    case 'function_call':
      return item.arguments.length;
    case 'function_call_output':
      return item.output.length;
    case 'message':
      return item.content.reduce((sum, part) => sum + textOf(part).length, 0);
  }
}

/** What is written or said in a part; empty as long as nobody knows. */
export function textOf(part: ContentPart): string {
  return 'text' in part ? part.text : (part.transcript ?? '');
}
