import type { AttackCase } from './case.ts';
import type { Result } from './judge.ts';
import { pending } from './pending.ts';

const headings = [
  'case',
  'what was tried',
  'sent',
  'what came back',
  'health p50/p99 ms (machine, core)',
  'memory before/peak/after',
  's',
  'verdict',
] as const;
const mostAnswers = 6;

/** One table for each runtime, and what failed below it. */
export function renderResults(results: readonly Result[]): string {
  const runtimes = [...new Set(results.map(({ runtime }) => runtime))];
  return runtimes
    .map((runtime) => renderRuntime(results.filter((one) => one.runtime === runtime)))
    .join('\n');
}

function renderRuntime(results: readonly Result[]): string {
  const [first] = results;
  const notes = results.flatMap(({ name, why, notes, verdict }) => [
    ...notes.map((note) => `- ${name}: ${note}`),
    ...why.map((line) => `- ${name} ${verdict}: ${line}`),
  ]);
  return [
    `## ${first?.runtime}`,
    '',
    ...table([[...headings], ...results.map(cellsOf)]),
    '',
    ...notes,
    '',
  ].join('\n');
}

function cellsOf(result: Result): string[] {
  const { name, tries, sent, verdict, seconds } = result;
  const wasTried = verdict === 'PASS' || verdict === 'FAIL';
  const health =
    result.healthP99 === undefined
      ? ''
      : `${digits(result.healthP50)}/${digits(result.healthP99)} (${digits(result.idleP99)}, ${share(result.coreShare)})`;
  const memory = result.before === undefined ? '' : `${result.before}/${result.peak}/${result.after} MB`;
  return [
    name,
    tries,
    wasTried ? String(sent) : '',
    answersOf(result),
    health,
    memory,
    wasTried ? seconds.toFixed(1) : '',
    verdict,
  ];
}

function answersOf({ answers }: Result): string {
  const sorted = Object.entries(answers).sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, mostAnswers).map(([label, times]) => `${label} ×${times}`);
  return [...shown, ...(sorted.length > mostAnswers ? [`and ${sorted.length - mostAnswers} more`] : [])].join(
    ', ',
  );
}

function digits(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

function share(value = 1): string {
  return `${(value * 100).toFixed(0)} %`;
}

/** Aligned Markdown, which reads well on a terminal too. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = rows;
  return [line(first), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...others.map(line)];
}

export function renderList(cases: readonly AttackCase[]): string {
  const rows = cases.map(({ name, tries, long }) => {
    const waits = pending[name];
    return [name, tries, waits === undefined ? (long ? 'no' : 'yes') : `pending: ${waits}`];
  });
  return `${table([['case', 'what is tried', 'in the short form'], ...rows]).join('\n')}\n`;
}
