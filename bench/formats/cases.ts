import type { AudioFormat } from '../../src/audio/formats.ts';

/** Of the PCM that all encode: what Opus and AAC take as it is, so that no resampler is measured. */
export const sampleRate = 24_000;

export interface FormatCase {
  readonly format: AudioFormat;
  /** In kbit/s, where the format has one. */
  readonly bitrate?: number;
  /** The same with ffmpeg. */
  readonly ffmpeg: readonly string[];
}

/** The server's settings for speech of one channel, and ffmpeg's own encoder of the format. */
export const formatCases: readonly FormatCase[] = [
  { format: 'mp3', bitrate: 96, ffmpeg: ['-c:a', 'libmp3lame', '-b:a', '96k', '-f', 'mp3'] },
  {
    format: 'opus',
    bitrate: 32,
    ffmpeg: ['-c:a', 'libopus', '-b:a', '32k', '-page_duration', '20000', '-f', 'ogg'],
  },
  { format: 'aac', bitrate: 64, ffmpeg: ['-c:a', 'aac', '-b:a', '64k', '-f', 'adts'] },
  { format: 'flac', ffmpeg: ['-c:a', 'flac', '-f', 'flac'] },
];

/** Where the first audio of a file begins, behind its heads; undefined as long as it is not there. */
export function audioBegins(format: AudioFormat, file: Uint8Array): number | undefined {
  const at = starts[format]?.(file) ?? 0;
  return at !== undefined && file.length > at ? at : undefined;
}

const starts: Partial<Record<AudioFormat, (file: Uint8Array) => number>> = {
  /** Behind an ID3v2 tag, whose length has 7 bits in a byte. */
  mp3: (file) => {
    if (text(file, 0, 3) !== 'ID3') return 0;
    const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, 10);
    return 10 + ((a << 21) | (b << 14) | (c << 7) | d);
  },
  /** The third page. */
  opus: (file) => {
    let pages = 0;
    for (let at = 0; at < file.length; at++) if (text(file, at, 4) === 'OggS' && ++pages === 3) return at;
    return file.length;
  },
  /** Behind the last block of metadata. */
  flac: (file) => {
    for (let at = 4; at + 4 <= file.length; ) {
      const [kind = 0, a = 0, b = 0, c = 0] = file.subarray(at, at + 4);
      at += 4 + ((a << 16) | (b << 8) | c);
      if (kind & 0x80) return at;
    }
    return file.length;
  },
};

function text(file: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...file.subarray(at, at + length));
}
