import type { VoicePack } from './pack.ts';

const model = 'silero-vad.onnx';

/** Tells speech from other sound, of any language. */
export const sileroPack: VoicePack = {
  id: 'silero-vad',
  family: 'silero',
  language: 'mul',
  rate: 16_000,
  license: { spdx: 'MIT', note: 'Silero VAD 5 by the Silero team' },
  files: [
    {
      role: 'detector',
      name: model,
      bytes: 2_327_524,
      sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f',
    },
  ],
  sources: [
    {
      kind: 'npm',
      package: '@ricky0123/vad-web',
      version: '0.0.31',
      bytes: 5_471_324,
      paths: { [model]: 'dist/silero_vad_v5.onnx' },
    },
  ],
  voices: [],
  needsEspeak: [],
};
