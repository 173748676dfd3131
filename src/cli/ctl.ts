import { parseArgs } from 'node:util';
import { version } from '../core/version.ts';
import { didYouMean, misuseOf, reportMisuse } from './usage.ts';

/** Exit codes: 0 done, 1 it failed, 2 it was called wrongly. */
type Command = (args: readonly string[]) => Promise<number>;

/** Each command loads when it is called. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  health: async () => (await import('./remote/commands.ts')).runHealth,
  upstreams: async () => (await import('./remote/commands.ts')).runUpstreams,
  references: async () => (await import('./remote/commands.ts')).runReferences,
  voices: async () => (await import('./remote/commands.ts')).runVoices,
  usage: async () => (await import('./remote/commands.ts')).runUsage,
  keys: async () => (await import('./keys/command.ts')).runKeys,
  models: async () => (await import('./models/command.ts')).runModels,
  cache: async () => (await import('./cache/command.ts')).runCache,
  doctor: async () => (await import('./doctor/command.ts')).runDoctor,
  completion: async () => (await import('./completion.ts')).runCompletion,
};

const help = `fish-ctl looks after a fish-edge server and its installation.

Usage: fish-ctl <command> [options]

Of a server that runs (-s URL, --api-key KEY, -o text|json):
  health         whether it answers; --detailed says how its engine is
  upstreams      how each of its upstreams is
  references     list, add ID FILE TEXT, delete ID: reference voices of Fish-Speech
  voices         list, add, rename, delete: voices of your own
  usage          what the key that asks has used

Of this machine:
  keys create    make a key for a client; also keys list, keys delete
  models list    show the voice packs and which of them are installed; also models available
  models pull    fetch voice packs
  models add     add a Piper voice: of the catalogue (models catalogue), or of your own; also models remove, models verify
  models tune    measure the installed voices and choose the default one
  cache show     how much made speech is kept; also cache clear
  doctor         find what is wrong with this installation
  completion     print what lets bash, zsh or fish complete these words

Options:
  --help         this text, or a command's own
  --version      print the version
`;

/** The name of the command, and what it is called with. As with the Go tool, options of a server may stand before it. */
async function commandOf(
  argv: readonly string[],
): Promise<{ readonly name: string | undefined; readonly rest: readonly string[] }> {
  const [first, ...rest] = argv;
  if (!first?.startsWith('-')) return { name: first, rest };
  const { remoteOptions: options } = await import('./remote/options.ts');
  const args = [...argv];
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const found = tokens.find((token) => token.kind === 'positional');
  return { name: found?.value, rest: found ? args.toSpliced(found.index, 1) : args };
}

export async function runCtl(argv: readonly string[]): Promise<number> {
  const { name, rest } = await commandOf(argv);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return (await command())(rest);
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    });
    if (values.version) {
      console.log(version);
      return 0;
    }
    if (values.help) {
      console.log(help);
      return 0;
    }
    const [word] = positionals;
    if (word === undefined) {
      console.error(help);
      return 2;
    }
    const meant = didYouMean(word, Object.keys(commands));
    return reportMisuse('fish-ctl', `Unknown command: ${word}.${meant}`, help);
  } catch (error) {
    return reportMisuse('fish-ctl', misuseOf(error, ['help', 'version']).message, help);
  }
}
