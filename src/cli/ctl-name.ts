/** How `fish-ctl` is called where this runs: a clone, whose files are TypeScript, does not put it on the PATH. */
export const ctlName: string = import.meta.url.endsWith('.ts') ? 'npm run fish-ctl --' : 'fish-ctl';
