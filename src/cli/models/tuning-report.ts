import { keepsUp, type Measured } from '../../engine/onnx/tuning/choose.ts';
import { ctlName } from '../ctl-name.ts';
import { describeChoice, type Tuning } from './tuned.ts';

/** The figures of every candidate, the choice, and how to have another one. */
export function tuningReport({ figures, facts }: Tuning, chosen: Measured | undefined): string {
  const verdict =
    !chosen || keepsUp(chosen, facts.cores)
      ? []
      : ['No voice kept up with two listeners when this machine was measured: this is the quickest one.'];
  return [
    figuresTable(figures, chosen),
    '',
    chosen
      ? `Default voice: ${describeChoice(chosen)}.`
      : 'No default voice was chosen: nobody has counted what is misheard of these.',
    ...verdict,
    `Another one: FISH_VOICE or --voice, FISH_ONNX_RUNTIME, FISH_ONNX_THREADS. Measure again: ${ctlName} models tune`,
  ].join('\n');
}

/** The chosen one is marked. */
function figuresTable(figures: readonly Measured[], chosen: Measured | undefined): string {
  const head = [
    'VOICE',
    'RUNTIME',
    'THREADS',
    'PRECISION',
    'FACTOR',
    'CPU',
    'FIRST AUDIO',
    'LOAD',
    'MISHEARD',
  ];
  const rows = figures.map((one) => [
    one === chosen ? `${one.voice} *` : one.voice,
    one.runtime,
    String(one.threads),
    one.precision,
    one.factor.toFixed(2),
    one.cpu.toFixed(2),
    `${one.firstAudioMs.toFixed(0)} ms`,
    `${(one.loadMs / 1000).toFixed(1)} s`,
    one.misheard === undefined ? '-' : `${one.misheard} %`,
  ]);
  return columns([head, ...rows]);
}

/** Rows of cells under each other, as wide as they need to be; no space at the end of a line. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}
