import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import type { Bench, Figure } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { connections, countAnswers } from './count-answers.ts';
import { withServer } from './loaded-server.ts';

const seconds = 2;
const warmUpSeconds = 0.5;
const rounds = { full: 5, quick: 1 } as const;

export const health: Bench = {
  title: 'health',
  about:
    `Answers of GET /v1/health in ${seconds} s over ${connections} kept-alive connections, each with one request at a ` +
    'time, after half a second that does not count. The client shares the cores with the server.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'health', rounds, measure);
    const figures = [...samples].map(
      ([runtime, taken]): Figure => ({ cells: [runtimeName(runtime)], unit: '/s', samples: taken }),
    );
    return [{ title: 'Requests per second', headings: ['runtime'], figures }];
  },
};

const question = (host: string): string => `GET /v1/health HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

function measure(runtime: Runtime): Promise<number> {
  return withServer(runtime, async (_, { through }) => {
    await countAnswers(through, question, warmUpSeconds);
    return (await countAnswers(through, question, seconds)) / seconds;
  });
}
