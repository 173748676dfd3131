import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const KiB = 1024;
const folder = join(import.meta.dirname, '../../dist/studio');

describe('the page as it was built', () => {
  const files = readdirSync(join(folder, 'studio'));
  const weigh = (extension: string): number =>
    files
      .filter((name) => name.endsWith(extension))
      .reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, 'studio', name))).length, 0);

  it('has less than 60 KiB of compressed script (150 were allowed) and 8 of style', () => {
    expect(weigh('.js')).toBeGreaterThan(1 * KiB);
    expect(weigh('.js')).toBeLessThan(60 * KiB);
    expect(weigh('.css')).toBeLessThan(8 * KiB);
  });

  it('has nothing inline, which its policy forbids, and names no other server', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<style|style="|onload=|<script(?![^>]*\ssrc=)/);
    for (const name of files.filter((file) => file.endsWith('.js'))) {
      const script = readFileSync(join(folder, 'studio', name), 'utf8');
      const named = [...script.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
      expect(named.filter((host) => host !== 'www.w3.org' && host !== 'book')).toEqual([]);
    }
  });
});
