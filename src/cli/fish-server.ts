#!/usr/bin/env node
import module from 'node:module';

// Node keeps what it compiled, and the types it stripped, in its own folder of the temporary ones: the second start takes about
// half as long as the first. Nothing may be imported before this.
module.enableCompileCache?.();
const { main } = await import('./serve.ts');
await main(process.argv.slice(2));
