import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { rights } from '../api/admin.ts';
import { apiKey } from '../api/server.ts';
import { explain } from '../i18n/failures.ts';
import { type Key, number, t } from '../i18n/i18n.ts';
import { models } from '../models/store.ts';
import { Problem, Waiting } from '../ui/controls.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { history } from './history.ts';
import { Keys, MadeKey } from './keys.tsx';
import { MetricCharts } from './metric-charts.tsx';
import { Models, Packs } from './models.tsx';
import { readState, type ServerState } from './state.ts';
import { Origins, Upstreams } from './upstreams.tsx';
import { Usage } from './usage.tsx';

const EVERY_MS = 5000;

export function ServerPage(): JSX.Element {
  const { state, problem } = useServerState();
  const { health, packs = [], usage = [], upstreams } = state ?? {};
  const { administrator } = rights.value;
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t('serverHeading')}</h1>
      </header>
      <Problem text={problem} />
      {!state && problem === '' && <Waiting text={t('loading')} />}
      {health && <Status health={health} />}
      <OwnCharts />
      <MetricCharts />
      {upstreams && upstreams.data.length > 0 ? (
        <Upstreams upstreams={upstreams} />
      ) : (
        health?.backend.origins && <Origins origins={health.backend.origins} />
      )}
      {administrator && models.value && models.value.length > 0 ? (
        <Models models={models.value} />
      ) : (
        packs.length > 0 && <Packs packs={packs} />
      )}
      {administrator && <Keys />}
      <MadeKey />
      {usage.length > 0 && <Usage months={usage} />}
    </div>
  );
}

/** How the server is, asked again and again while the tab is open; with another key at once. */
function useServerState(): { readonly state: ServerState | undefined; readonly problem: string } {
  const state = useSignal<ServerState | undefined>(undefined);
  const problem = useSignal('');
  const key = apiKey.value;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const look = async (): Promise<void> => {
      try {
        const next = await readState();
        if (isGone) return;
        state.value = next;
        problem.value = '';
      } catch (error) {
        if (isGone) return;
        state.value = undefined;
        problem.value = explain(error);
      }
      timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [state, problem, key]);
  return { state: state.value, problem: problem.value };
}

function Status({ health }: { readonly health: ServerState['health'] }): JSX.Element {
  const { status } = health.backend;
  return (
    <section class="card status" data-status={status}>
      <span class="lamp" aria-hidden="true" />
      <div>
        <h2>{t(status === 'unhealthy' ? 'serverDegraded' : 'serverHealthy')}</h2>
        <p class="help">
          {t('serverEngine')}: {engineName(health.engine)}
        </p>
      </div>
    </section>
  );
}

function engineName(engine = ''): string {
  return engine === 'onnx' || engine === 'fish' ? t(`engine_${engine}` as Key) : engine;
}

/** What this page itself measured. */
function OwnCharts(): JSX.Element {
  const first = history.value.flatMap(({ firstAudio }) => firstAudio ?? []);
  const factors = history.value.flatMap(({ realTimeFactor }) => realTimeFactor ?? []);
  return (
    <section>
      <h2>{t('serverThisPage')}</h2>
      {history.value.length === 0 ? (
        <p class="help">{t('serverThisPageNone')}</p>
      ) : (
        <div class="charts">
          <Sparkline
            label={t('firstAudio')}
            values={first}
            shown={t('milliseconds', { value: number(first.at(-1) ?? 0) })}
          />
          <Sparkline label={t('realTime')} values={factors} shown={number(factors.at(-1) ?? 0, 2)} />
        </div>
      )}
    </section>
  );
}
