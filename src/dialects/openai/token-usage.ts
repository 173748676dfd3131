/** Tokens of English text have about four bytes each (OpenAI's rule of thumb); no engine here counts its own. */
const BYTES_PER_TEXT_TOKEN = 4;
/** OpenAI counts a token for every 50 ms of audio that it speaks (Realtime guide, managing costs). */
const AUDIO_TOKENS_PER_SECOND = 20;

/** OpenAI's usage members, which it demands: estimates, for clients that add them up. */
export function usageOf(
  input: string,
  seconds: number,
): { readonly input_tokens: number; readonly output_tokens: number; readonly total_tokens: number } {
  const bytes = new TextEncoder().encode(input).length;
  const [text, audio] = [
    Math.ceil(bytes / BYTES_PER_TEXT_TOKEN),
    Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND),
  ];
  return { input_tokens: text, output_tokens: audio, total_tokens: text + audio };
}
