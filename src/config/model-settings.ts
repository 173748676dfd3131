import { duration, HOUR, integer, originUrl, secret, setting, text } from './values.ts';

/** Where conversations get their answers from; named as other programs name them. */
export const modelSettings = {
  'llm.base_url': setting(
    originUrl(),
    'https://openrouter.ai/api/v1',
    'LLM_BASE_URL',
    'llm-base-url',
    'Base address of an OpenAI-compatible server with `/chat/completions`; one of your own needs no key',
  ),
  'llm.api_key': secret(
    'LLM_API_KEY',
    'llm-api-key',
    'Key of that server; without one OpenRouter answers nobody',
  ),
  'llm.openrouter_api_key': secret(
    'OPENROUTER_API_KEY',
    'openrouter-api-key',
    'The same for OpenRouter, where `llm.api_key` is empty',
  ),
  'llm.model': setting(
    text(128),
    'meta-llama/llama-3.1-8b-instruct',
    'LLM_MODEL',
    'llm-model',
    'Model of conversations that name none',
  ),
  'llm.max_tokens': setting(
    integer(1, 100_000),
    '1024',
    'LLM_MAX_TOKENS',
    'llm-max-tokens',
    'Most tokens of one answer; conversations may ask for fewer',
  ),
  'llm.first_token_timeout': setting(
    duration(10, HOUR),
    '20s',
    'LLM_FIRST_TOKEN_TIMEOUT',
    'llm-first-token-timeout',
    'Longest wait for the first token of an answer',
  ),
  'llm.next_token_timeout': setting(
    duration(10, HOUR),
    '10s',
    'LLM_NEXT_TOKEN_TIMEOUT',
    'llm-next-token-timeout',
    'Longest gap between two tokens',
  ),
  'llm.total_timeout': setting(
    duration(10, HOUR),
    '5m',
    'LLM_TOTAL_TIMEOUT',
    'llm-total-timeout',
    'Longest time for one answer, the time in which it is spoken included',
  ),
  'llm.retries': setting(
    integer(0, 5),
    '1',
    'LLM_RETRIES',
    'llm-retries',
    'How often an answer that failed before its first token is asked for again, within the same wait',
  ),
};
