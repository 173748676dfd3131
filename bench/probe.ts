import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;
const usualDeadlineMs = 20_000;

/**
 * Makes a probe in another process answer. It was loaded there before the process's own code, listens for SIGUSR2, and
 * prints one JSON line with its name as the `message`.
 *
 * @param logs All that the process has printed so far, line by line and parsed.
 * @throws when it does not answer
 */
export async function askProbe<Answer>(
  name: string,
  process: { signal(name: NodeJS.Signals): void },
  logs: () => readonly object[],
  deadlineMs: number = usualDeadlineMs,
): Promise<Answer> {
  const answers = (): object[] => logs().filter((line) => 'message' in line && line.message === name);
  const before = answers().length;
  process.signal('SIGUSR2');
  for (const end = performance.now() + deadlineMs; performance.now() < end; await sleep(pollMs)) {
    const answer = answers()[before];
    if (answer) return answer as Answer;
  }
  throw new Error(`the ${name} in the process does not answer`);
}
