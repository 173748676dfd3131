import { spawnSync } from 'node:child_process';
import type { AudioFormat } from '../../src/audio/formats.ts';

export const hasFfmpeg: boolean = spawnSync('ffmpeg', ['-version']).status === 0;

/** What a client knows of a body from its content type: ffmpeg's name for the container. */
const demuxers: Readonly<Record<AudioFormat, string>> = {
  wav: 'wav',
  pcm: 's16le',
  mp3: 'mp3',
  opus: 'ogg',
  aac: 'aac',
  flac: 'flac',
  ulaw: 'mulaw',
  alaw: 'alaw',
};

export interface Decoded {
  /** s16le at the file's own rate. */
  readonly pcm: Uint8Array;
  /** What ffmpeg had to say. */
  readonly said: string;
}

/** What ffmpeg makes of `file` as it streams in; it finds out by itself what it is unless `format` says so. */
export function decode(file: Uint8Array, level: 'warning' | 'error', format?: AudioFormat): Decoded {
  const isWav = file[0] === 0x52;
  const input = [
    ...(isWav ? ['-guess_layout_max', '0'] : []), // says that a layout was guessed otherwise
    ...(format ? ['-f', demuxers[format]] : []),
  ];
  const { stdout, stderr } = spawnSync(
    'ffmpeg',
    ['-v', level, ...input, '-i', 'pipe:0', '-f', 's16le', 'pipe:1'],
    {
      input: file,
      maxBuffer: 2 ** 28,
    },
  );
  return { pcm: new Uint8Array(stdout), said: stderr.toString() };
}
