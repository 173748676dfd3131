import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Setup } from '../bench.ts';
import { drawLines, type Panel } from '../line-chart.ts';
import { root } from '../processes.ts';

/**
 * Draws docs/load-<name>.svg when the figures are written, dist/load-<name>.svg else.
 *
 * @returns the Markdown that shows it on the page
 */
export function drawPicture(
  { write, say }: Pick<Setup, 'write' | 'say'>,
  name: string,
  title: string,
  across: string,
  panels: readonly Panel[],
): string {
  const file = `load-${name}.svg`;
  const path = join(root, write ? 'docs' : 'dist', file);
  writeFileSync(path, drawLines({ title, across, panels }));
  say(`${path} is drawn`);
  return write ? `![${title}](${file})` : '';
}
