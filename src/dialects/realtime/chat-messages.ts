import type { ChatMessage, ToolCall } from '../../core/conversation.ts';
import { type FunctionOutputItem, type Item, type MessageItem, textOf } from './item.ts';

/**
 * What the language model reads of a conversation. A chat model wants each call answered right after it: a call that has no output
 * yet is left out, and so is an output without its call.
 */
export function chatMessages(instructions: string, items: readonly Item[]): readonly ChatMessage[] {
  const outputs = new Map(items.flatMap((item) => (isOutput(item) ? [[item.call_id, item] as const] : [])));
  const messages: ChatMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  let calls: ToolCall[] = [];
  let content = '';
  const flush = (): void => {
    if (calls.length > 0) {
      messages.push({ role: 'assistant', content, toolCalls: calls });
      for (const { id } of calls)
        messages.push({ role: 'tool', content: outputs.get(id)?.output ?? '', toolCallId: id });
    } else if (content !== '') messages.push({ role: 'assistant', content });
    calls = [];
    content = '';
  };
  for (const item of items) {
    if (item.type === 'function_call' && outputs.has(item.call_id)) {
      calls.push({ id: item.call_id, name: item.name, arguments: item.arguments });
    } else if (item.type === 'message') {
      flush();
      const text = textOfMessage(item);
      if (item.role === 'assistant')
        content = text; // calls may follow that belong to it
      else if (text !== '') messages.push({ role: item.role, content: text });
    }
  }
  flush();
  return messages;
}

function isOutput(item: Item): item is FunctionOutputItem {
  return item.type === 'function_call_output';
}

function textOfMessage({ content }: MessageItem): string {
  return content
    .map(textOf)
    .filter((text) => text !== '')
    .join('\n');
}
