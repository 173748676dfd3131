import { hasRuntime } from '../test/conformance/server.ts';
import { helpOf, type Plan, readPlan } from './arguments.ts';
import { cases } from './cases/all.ts';
import type { Result } from './judge.ts';
import { renderList, renderResults } from './report.ts';
import { runCases } from './runner.ts';
import { runSoaks } from './soak/run.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const plan = readPlan(process.argv.slice(2), cases);
  if (plan === 'help') process.stdout.write(helpOf());
  else if (plan.list) process.stdout.write(renderList(plan.cases));
  else if (plan.soak) process.exitCode = (await runSoaks(plan.runtimes, plan.soak, plan.json, say)) ? 0 : 1;
  else await attackAll(plan);
}

async function attackAll(plan: Plan): Promise<void> {
  const results: Result[] = [];
  const print = (): void => {
    const text = plan.json ? JSON.stringify(results, null, 2) : renderResults(results);
    process.stdout.write(`${text}\n`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      print(); // what was found so far is not lost
      process.exit(130);
    });
  }
  for (const runtime of plan.runtimes) {
    if (!hasRuntime(runtime)) throw new Error(`${runtime} is not installed; npm ci brings it.`);
    await runCases(runtime, plan.cases, { ...plan, say, tell: (result) => results.push(result) });
  }
  print();
  const failed = results.filter(({ verdict }) => verdict === 'FAIL');
  say(`${results.filter(({ verdict }) => verdict === 'PASS').length} held, ${failed.length} failed.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main()
  .catch((error: unknown) => {
    say(`attack: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
