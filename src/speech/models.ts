/** What clients call a model. The server has one engine, so a name chooses nothing but a model of the Fish Audio cloud. */

const openaiModels: readonly string[] = ['tts-1', 'tts-1-hd', 'gpt-4o-mini-tts'];
const localModels: readonly string[] = ['fish-speech', 'openaudio-s1-mini', 'kokoro', 'piper'];
/** Of the cloud's `model` header (docs.fish.audio, text to speech). */
const cloudModels: readonly string[] = [
  's1',
  's1-mini',
  's2-pro',
  's2.1-pro',
  's2.1-pro-free',
  'speech-1.5',
  'speech-1.6',
];
const cloudPrefix = 'fish-audio/';
/** OpenAI's snapshots: `gpt-4o-mini-tts-2025-12-15`. */
const snapshot = /-\d{4}-\d{2}-\d{2}$/;

/** The names that are listed. */
export const modelNames: readonly string[] = [...openaiModels, ...localModels, ...cloudModels];

export function isModelName(name: string): boolean {
  return modelNames.includes(withoutPrefix(name)) || openaiModels.includes(name.replace(snapshot, ''));
}

/** The cloud's model that `name` means, if it means one. */
export function cloudModel(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const plain = withoutPrefix(name);
  return cloudModels.includes(plain) ? plain : undefined;
}

function withoutPrefix(name: string): string {
  return name.startsWith(cloudPrefix) ? name.slice(cloudPrefix.length) : name;
}
