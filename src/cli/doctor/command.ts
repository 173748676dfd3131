import { styleText } from 'node:util';
import { describeOptions, Misuse, type Options, parseOptions, reportMisuse } from '../usage.ts';
import { examine, type Finding } from './checks.ts';

export const doctorOptions = {
  json: { type: 'boolean', about: 'for programs' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Options;

const help = `Usage: fish-ctl doctor

Looks at what a server needs here: versions, settings, port, data folder, keys, voice, upstreams and their clock. Changes nothing.

Options:
${describeOptions(doctorOptions)}

Exit codes: 0 a server can work, 1 something is wrong, 2 called wrongly.
`;

/** Ends with the exit code. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  try {
    const given = parseOptions(args, doctorOptions);
    if (given.positionals.length > 0) throw new Misuse(`Unexpected argument '${given.positionals[0]}'.`);
    if (given.isSet('help')) {
      console.log(help);
      return 0;
    }
    const findings = await examine(process.env);
    if (given.isSet('json')) console.log(JSON.stringify(findings, undefined, 2));
    else for (const finding of findings) console.log(line(finding));
    return findings.some(({ state }) => state === 'error') ? 1 : 0;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Misuse) return reportMisuse('fish-ctl doctor', message, help);
    console.error(message);
    return 1;
  }
}

const signs = {
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
} as const satisfies Record<Finding['state'], readonly [string, string]>;

function line({ what, state, found, mend }: Finding): string {
  const [sign, colour] = signs[state];
  const shown = process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, sign) : sign;
  return `${shown} ${what.padEnd(11)}  ${found}${mend === undefined || state === 'ok' ? '' : ` -> ${mend}`}`;
}
