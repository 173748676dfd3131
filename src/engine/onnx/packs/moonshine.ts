import type { VoicePack } from './pack.ts';

const encoder = 'encoder.onnx';
const decoder = 'decoder.onnx';

/** Speech to text, English. */
export const moonshinePack: VoicePack = {
  id: 'moonshine-tiny',
  family: 'moonshine',
  language: 'en',
  rate: 16_000,
  license: { spdx: 'MIT', note: 'Moonshine tiny by Useful Sensors' },
  files: [
    {
      role: 'encoder',
      name: encoder,
      bytes: 7_937_661,
      sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
    },
    {
      role: 'decoder',
      name: decoder,
      bytes: 20_243_286,
      sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
    },
  ],
  sources: [
    {
      kind: 'url',
      base: 'https://huggingface.co/onnx-community/moonshine-tiny-ONNX/resolve/a6da1241cd305dcd64eab1edbd615f2bb9aabb95/onnx/',
      paths: { [encoder]: 'encoder_model_quantized.onnx', [decoder]: 'decoder_model_merged_quantized.onnx' },
    },
    {
      kind: 'npm',
      package: '@moonshine-ai/moonshine-js',
      version: '0.1.29',
      bytes: 21_514_347,
      paths: {
        [encoder]: 'dist/model/tiny/quantized/encoder_model.onnx',
        [decoder]: 'dist/model/tiny/quantized/decoder_model_merged.onnx',
      },
    },
  ],
  voices: [],
  needsEspeak: [],
};
