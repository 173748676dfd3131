import type { Client } from '../check.ts';
import { aiSdk } from './ai-sdk.ts';
import { elevenLabs } from './elevenlabs.ts';
import { fishAudio } from './fish-audio.ts';
import { fishAudioSdk } from './fish-audio-sdk.ts';
import { azureNode, openaiNode } from './openai.ts';
import { rawHttp } from './raw-http.ts';

export const npmClients: readonly Client[] = [
  openaiNode,
  azureNode,
  aiSdk,
  fishAudio,
  fishAudioSdk,
  elevenLabs,
  rawHttp,
];
