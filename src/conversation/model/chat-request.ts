import type OpenAI from 'openai';
import type { ChatMessage, ModelRequest, ModelSettings, Tool } from '../../core/conversation.ts';

type Body = OpenAI.ChatCompletionCreateParamsStreaming;
type Message = OpenAI.ChatCompletionMessageParam;

/** What the operator sets. */
export interface ModelDefaults {
  readonly model: string;
  /** Most tokens of an answer; a request may ask for fewer. */
  readonly maxTokens: number;
  /** OpenAI's own servers refuse the name that all others know. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
}

/** The body of a chat completion. `min_p`, `top_k` and `repetition_penalty` are no fields of OpenAI's, but of most others. */
export function chatRequest(request: ModelRequest, defaults: ModelDefaults): Body {
  const { settings, tools = [], toolChoice } = request;
  const body: Body = {
    model: settings.model ?? defaults.model,
    messages: request.messages.map(toMessage),
    stream: true,
    stream_options: { include_usage: true },
    [defaults.maxTokensField]: Math.min(settings.maxTokens ?? defaults.maxTokens, defaults.maxTokens),
    ...sampling(settings),
  };
  if (tools.length === 0) return body;
  return { ...body, tools: tools.map(toTool), ...(toolChoice && { tool_choice: toChoice(toolChoice) }) };
}

function sampling(settings: ModelSettings): Record<string, number> {
  const fields = {
    temperature: settings.temperature,
    top_p: settings.topP,
    min_p: settings.minP,
    top_k: settings.topK,
    frequency_penalty: settings.frequencyPenalty,
    presence_penalty: settings.presencePenalty,
    repetition_penalty: settings.repetitionPenalty,
  };
  const given = Object.entries(fields).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(given);
}

function toMessage(message: ChatMessage): Message {
  const content = message.content.toWellFormed();
  if (message.role === 'tool') return { role: 'tool', content, tool_call_id: message.toolCallId };
  if (message.role !== 'assistant' || !message.toolCalls?.length) return { role: message.role, content };
  const calls = message.toolCalls.map(({ id, name, arguments: args }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: args },
  }));
  return { role: 'assistant', content: content === '' ? null : content, tool_calls: calls };
}

function toTool({ name, description, parameters }: Tool): OpenAI.ChatCompletionTool {
  const schema = parameters as Record<string, unknown> | undefined; // handed on unread
  return {
    type: 'function',
    function: { name, ...(description && { description }), ...(schema && { parameters: schema }) },
  };
}

function toChoice(choice: string): OpenAI.ChatCompletionToolChoiceOption {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  return { type: 'function', function: { name: choice } };
}
