#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

keepCompiledCode();
const { runCtl } = await import('./ctl.ts');
// `exit`, because an abandoned connection of a package registry may keep the process waiting.
process.exit(await runCtl(process.argv.slice(2)));
