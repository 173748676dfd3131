#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';

/** `npx fish-edge` is the server; the other commands are one word away. */
keepCompiledCode();
const [command = '', ...rest] = process.argv.slice(2);
if (command === 'say' || command === 'tts') {
  const { runTts } = await import('./tts/command.ts');
  process.exit(await runTts(rest));
}
const { commands, runCtl } = await import('./ctl.ts');
if (command === 'ctl' || Object.hasOwn(commands, command)) {
  process.exit(await runCtl(command === 'ctl' ? rest : [command, ...rest]));
}
const { main } = await import('./serve.ts');
await main(process.argv.slice(2));
