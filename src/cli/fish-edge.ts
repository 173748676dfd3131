#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';
import { tellVersion } from './tell-version.ts';

if (tellVersion(process.argv.slice(2))) process.exit();
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
if (['help', '--help', '-h'].includes(command))
  process.stdout.write(`Usage: fish-edge [serve] [flags]      the server, as fish-server below
       fish-edge say [options] [TEXT]     speak a text, as fish-tts does
       fish-edge COMMAND                  ${Object.keys(commands).join(', ')}: as fish-ctl does

`);
const { main } = await import('./serve.ts');
await main(process.argv.slice(2));
