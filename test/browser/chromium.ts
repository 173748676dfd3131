import { existsSync } from 'node:fs';

/** Debian's Chromium, or Chrome; undefined where there is none. */
export const executablePath: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));
