import { serverOptions } from './flags.ts';
import { type Options, reportMisuse } from './usage.ts';

/** What a shell may complete: the words of a program's commands and their options. */
interface Program {
  readonly name: string;
  /** Options of the program itself. */
  readonly options: Options;
  /** By command, empty for programs without any. */
  readonly commands: Readonly<
    Record<string, { readonly words: readonly string[]; readonly options: Options }>
  >;
}

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const help = `Usage: fish-ctl completion ${shells.join('|')}

Prints what lets a shell complete fish-server, fish-tts, fish-ctl and fish-edge:

  bash    source <(fish-ctl completion bash)
  zsh     source <(fish-ctl completion zsh)
  fish    fish-ctl completion fish | source
`;

/** Ends with the exit code. */
export async function runCompletion(args: readonly string[]): Promise<number> {
  const [shell] = args;
  if (shell === '--help' || shell === '-h') {
    console.log(help);
    return 0;
  }
  const known = shells.find((name) => name === shell);
  if (!known || args.length > 1) {
    return reportMisuse('fish-ctl completion', `Say ${shells.join(', ')}.`, help);
  }
  const programs = await allPrograms();
  console.log(writers[known](programs));
  return 0;
}

/** From the tables that the commands themselves parse by. */
async function allPrograms(): Promise<readonly Program[]> {
  const [{ ttsOptions }, remote, { remoteOptions }, { cacheOptions }, { doctorOptions }, keys, models] =
    await Promise.all([
      import('./tts/options.ts'),
      import('./remote/commands.ts'),
      import('./remote/options.ts'),
      import('./cache/command.ts'),
      import('./doctor/command.ts'),
      import('./keys/command.ts'),
      import('./models/options.ts'),
    ]);
  const none = { words: [], options: {} };
  const ctl: Program['commands'] = {
    health: { words: [], options: { ...remote.healthOptions, ...remoteOptions } },
    upstreams: { words: [], options: remoteOptions },
    references: { words: ['list', 'add', 'delete'], options: remoteOptions },
    voices: {
      words: ['list', 'add', 'rename', 'delete'],
      options: { ...remote.voiceOptions, ...remoteOptions },
    },
    usage: { words: [], options: remoteOptions },
    keys: { words: ['create', 'list', 'delete'], options: keys.keysOptions },
    models: { words: models.modelActions, options: models.modelsOptions },
    cache: { words: ['show', 'clear'], options: cacheOptions },
    doctor: { words: [], options: doctorOptions },
    completion: { words: shells, options: {} },
  };
  const server = { serve: none, config: none, version: none, help: none };
  const say = { words: [], options: ttsOptions };
  return [
    { name: 'fish-server', options: serverOptions(), commands: server },
    { name: 'fish-tts', options: ttsOptions, commands: {} },
    { name: 'fish-ctl', options: {}, commands: ctl },
    { name: 'fish-edge', options: serverOptions(), commands: { ...server, ...ctl, say } },
  ];
}

const flagsOf = (options: Options): readonly string[] => Object.keys(options).map((name) => `--${name}`);

/** The words after `name command`, a line for a `case`. */
function cases({ options, commands }: Program): string {
  const rows = Object.entries(commands).map(([name, command]) => {
    const flags = flagsOf(Object.keys(command.options).length > 0 ? command.options : options);
    return `    ${name}) offered="${[...command.words, ...flags].join(' ')}" ;;`;
  });
  const first = `    *) offered="${[...Object.keys(commands), ...flagsOf(options)].join(' ')}" ;;`;
  return [...rows, first].join('\n');
}

function bashFunction(program: Program): string {
  const name = `_${program.name.replaceAll('-', '_')}`;
  return `${name}() {
  local offered word="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases(program)}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$word"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F ${name} ${program.name}`;
}

function zshFunction(program: Program): string {
  const name = `_${program.name.replaceAll('-', '_')}`;
  return `${name}() {
  local offered
  case "\${words[2]}" in
${cases(program)}
  esac
  compadd -- \${=offered}
  _files
}
compdef ${name} ${program.name}`;
}

function fishLines({ name, options, commands }: Program): readonly string[] {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const optionLines = (table: Options, condition: string): readonly string[] =>
    Object.entries(table).map(([long, { short, about, choices, type }]) => {
      const parts = [`complete -c ${name}`, condition, `-l ${long}`, short ? `-s ${short}` : ''];
      if (type === 'string') parts.push('-r');
      if (choices) parts.push(`-f -a ${quote(choices.join(' '))}`);
      return [...parts, `-d ${quote(about)}`].filter((part) => part !== '').join(' ');
    });
  return [
    ...optionLines(options, Object.keys(commands).length > 0 ? '-n __fish_use_subcommand' : ''),
    ...Object.entries(commands).flatMap(([command, { words, options: own }]) => {
      const after = `-n '__fish_seen_subcommand_from ${command}'`;
      return [
        `complete -c ${name} -n __fish_use_subcommand -f -a ${command}`,
        ...(words.length > 0 ? [`complete -c ${name} ${after} -f -a ${quote(words.join(' '))}`] : []),
        ...optionLines(own, after),
      ];
    }),
  ];
}

const writers: Readonly<Record<Shell, (programs: readonly Program[]) => string>> = {
  bash: (programs) => programs.map(bashFunction).join('\n'),
  zsh: (programs) => programs.map(zshFunction).join('\n'),
  fish: (programs) => programs.flatMap(fishLines).join('\n'),
};
