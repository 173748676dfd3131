import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { endProcess, firstLine, spawnModule } from '../bench/processes.ts';
import type { RunningServer, Runtime } from '../test/conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../test/fake-origin.ts';
import type { Setup } from './case.ts';
import type { ProbeTarget, Seen, Window } from './prober.ts';
import { keysOf, startDefault } from './servers.ts';

const startDeadlineMs = 60_000;
/** Each has at most a thousand slots. */
const pourOrigins = 3;
const reportDeadlineMs = 15_000;
const loadOrigin = new URL('../bench/runtimes/load-origin.ts', import.meta.url);

/** A running server, what stands behind it, and who looks at it. */
export class Ground {
  readonly setup: Setup;
  readonly server: RunningServer;
  readonly origin: FakeOrigin | undefined;
  readonly #pours: readonly ChildProcess[];
  readonly #prober: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #ended = false;

  private constructor(
    setup: Setup,
    server: RunningServer,
    origin: FakeOrigin | undefined,
    pours: readonly ChildProcess[],
    prober: ChildProcess,
  ) {
    this.setup = setup;
    this.server = server;
    this.origin = origin;
    this.#pours = pours;
    this.#prober = prober;
    if (!prober.stdout) throw new Error('the prober has no output');
    this.#answers = createInterface(prober.stdout)[Symbol.asyncIterator]();
    void server.exited.then(() => {
      this.#ended = true;
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  static async start(runtime: Runtime, setup: Setup, runtimeArgs: readonly string[] = []): Promise<Ground> {
    const kind = setup.origin ?? 'fake';
    const origin = kind === 'fake' ? await startFakeOrigin(setup.fake) : undefined;
    const pours =
      kind === 'pour' ? Array.from({ length: pourOrigins }, () => spawnModule('node', loadOrigin, [])) : [];
    const lines = await Promise.all(pours.map((child) => firstLine(child, 'stdout', startDeadlineMs)));
    const urls = lines.map((line) => (JSON.parse(line) as { url: string }).url);
    const keys: Record<string, string> = setup.keys ? { FISH_KEYS: await keysOf(setup.keys) } : {};
    const backend = origin?.url ?? (urls.join(',') || 'http://127.0.0.1:9');
    const server = await startDefault(
      runtime,
      { FISH_BACKEND: backend, ...keys, ...setup.env },
      { runtimeArgs },
    );
    const target: ProbeTarget = { url: server.url, pid: server.pid, runtime };
    const prober = spawnModule('node', new URL('./prober.ts', import.meta.url), [JSON.stringify(target)]);
    const ground = new Ground(setup, server, origin, pours, prober);
    await ground.#answers.next(); // it looks from now on
    return ground;
  }

  /** What the prober saw. */
  async seen(window: Window): Promise<Seen> {
    this.#prober.stdin?.write(`${JSON.stringify(window)}\n`);
    const late = AbortSignal.timeout(reportDeadlineMs);
    const answer = await Promise.race([this.#answers.next(), once(late, 'abort')]);
    if (Array.isArray(answer)) throw new Error('the prober does not answer');
    const text = (answer as IteratorResult<string>).value;
    return JSON.parse(text, (_, value) => value ?? Number.NaN) as Seen; // JSON has no NaN
  }

  async stop(): Promise<void> {
    await endProcess(this.#prober);
    await this.server.stop();
    await Promise.all(this.#pours.map((child) => endProcess(child)));
    await this.origin?.close();
  }
}
