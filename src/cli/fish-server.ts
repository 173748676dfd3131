#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

keepCompiledCode();
const { main } = await import('./serve.ts');
await main(process.argv.slice(2));
