#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

keepCompiledCode();
const { runTts } = await import('./tts/command.ts');
process.exit(await runTts(process.argv.slice(2)));
