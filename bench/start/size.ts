import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Figure } from '../bench.ts';
import { sum } from '../statistics.ts';
import { otherPackage, thisPackage } from './installations.ts';

const bytesPerMB = 1e6;
const mostMB = 60;
const mostPackages = 100;

export const size: Bench = {
  title: 'size',
  about: 'What is fetched, and what lies on the disk then (MB are millions of bytes).',
  async run() {
    const other = await otherPackage();
    const packages = [
      ['this commit', await thisPackage()] as const,
      ...(other ? [['the other', other] as const] : []),
    ];
    const figures = await Promise.all(
      packages.map(async ([name, { tarball, folder }]): Promise<Figure[]> => {
        const modules = join(folder, 'node_modules');
        const entries = await readdir(modules, { recursive: true, withFileTypes: true });
        const files = entries.filter((entry) => entry.isFile() && entry.name !== '.package-lock.json');
        const sizes = await Promise.all(
          files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
        );
        const manifests = files.filter((file) => file.name === 'package.json');
        return [
          { cells: [name, 'tarball'], unit: 'MB', samples: [(await stat(tarball)).size / bytesPerMB] },
          {
            cells: [name, 'installed'],
            unit: 'MB',
            samples: [sum(sizes) / bytesPerMB],
            goal: { below: mostMB },
          },
          { cells: [name, 'packages'], unit: '', samples: [manifests.length], goal: { below: mostPackages } },
        ];
      }),
    );
    return [{ title: 'Size of the package', headings: ['package', 'what'], figures: figures.flat() }];
  },
};
