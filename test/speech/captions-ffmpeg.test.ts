import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Said } from '../../src/speech/captions/captions.ts';
import { timeSegment } from '../../src/speech/captions/captions.ts';
import { makeCues, toSrt, toVtt } from '../../src/speech/captions/files.ts';

const hasFfmpeg = spawnSync('ffprobe', ['-version']).status === 0;
const rate = 1000;

interface Packet {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What ffmpeg's own reader of `format` finds; anything that it complains about is an error. */
function readBack(format: 'srt' | 'webvtt', file: string): Packet[] {
  const args = ['-v', 'warning', '-f', format, '-i', 'pipe:0', '-show_packets', '-show_data', '-of', 'json'];
  const { stdout, stderr, status } = spawnSync('ffprobe', args, { input: file, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  const { packets } = JSON.parse(stdout) as {
    packets: { pts_time: string; duration_time: string; data: string }[];
  };
  return packets.map(({ pts_time, duration_time, data }) => ({
    start: Math.round(Number(pts_time) * 1000),
    end: Math.round((Number(pts_time) + Number(duration_time)) * 1000),
    text: fromDump(data),
  }));
}

/** Bytes of ffprobe's hex dump: "00000000: 4865 6c6c ...  Hell". */
function fromDump(dump: string): string {
  const hex = dump
    .split('\n')
    .map((line) => line.slice(line.indexOf(':') + 1, line.indexOf(':') + 41).replaceAll(' ', ''))
    .join('');
  return Buffer.from(hex, 'hex').toString('utf8');
}

const word = fc.stringMatching(/^[a-zA-Zäöü你好0-9'’,.!?<>&{}\\-]{1,30}$/);
const texts = fc.array(fc.array(word, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 });

function saidOf(sentences: readonly (readonly string[])[]): Said {
  let at = 0;
  const segments = sentences.map((words) => {
    const text = `a${words.join(' ')}`;
    const start = at;
    at += text.length * 60;
    return { text, start, end: at };
  });
  return { rate, segments };
}

describe.skipIf(!hasFfmpeg)('ffmpeg (skipped without ffprobe) reads back what was written', () => {
  it.each([
    ['srt', toSrt],
    ['webvtt', toVtt],
  ] as const)('%s', (format, write) => {
    fc.assert(
      fc.property(texts, (sentences) => {
        const said = saidOf(sentences);
        const cues = makeCues(said.segments.map((segment) => timeSegment(segment, rate)));
        const found = readBack(format, write(said));
        expect(found.map(({ start }) => start)).toEqual(cues.map(({ start }) => Math.round(start * 1000)));
        const plain = found.map(({ text }) => text.replace(/&(amp|lt|gt);/g, '?').replace(/[→‹(]/g, '?'));
        const shown = cues.map(({ lines }) => lines.join('\n'));
        for (const [index, text] of plain.entries()) {
          const written = shown[index] ?? '';
          const expected =
            format === 'webvtt'
              ? written.replace(/[&<>]/g, '?')
              : written
                  .replaceAll('-->', '?')
                  .replace(/<(?=\/?[a-z])/gi, '?')
                  .replace(/\{(?=\\)/g, '?');
          expect(text).toBe(expected);
        }
      }),
      { numRuns: 15 },
    );
  });
});
