#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';
import { tellVersion } from './tell-version.ts';

if (!tellVersion(process.argv.slice(2))) {
  keepCompiledCode();
  const { main } = await import('./serve.ts');
  await main(process.argv.slice(2));
}
