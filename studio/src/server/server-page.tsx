import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { explain } from '../i18n/failures.ts';
import { type Key, number, t } from '../i18n/i18n.ts';
import { Problem } from '../ui/controls.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { history } from './history.ts';
import { MetricCharts } from './metric-charts.tsx';
import { type Month, type Origin, type Pack, readState, type ServerState } from './state.ts';

const EVERY_MS = 5000;

export function ServerPage(): JSX.Element {
  const state = useSignal<ServerState | undefined>(undefined);
  const problem = useSignal('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const look = async (): Promise<void> => {
      try {
        state.value = await readState();
        problem.value = '';
      } catch (error) {
        state.value = undefined;
        problem.value = explain(error);
      }
      if (!isGone) timer = setTimeout(look, EVERY_MS);
    };
    void look();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [state, problem]);
  const { health, packs = [], usage = [] } = state.value ?? {};
  return (
    <div class="page">
      <header class="page-head">
        <h1>{t('serverHeading')}</h1>
      </header>
      <Problem text={problem.value} />
      {health && (
        <section class="card status" data-status={health.backend.status}>
          <span class="lamp" aria-hidden="true" />
          <div>
            <h2>{t(health.backend.status === 'unhealthy' ? 'serverDegraded' : 'serverHealthy')}</h2>
            <p class="help">
              {t('serverEngine')}: {engineName(health.engine)}
            </p>
          </div>
        </section>
      )}
      <OwnCharts />
      <MetricCharts />
      {health?.backend.origins && <Origins origins={health.backend.origins} />}
      {packs.length > 0 && <Packs packs={packs} />}
      {usage.length > 0 && <Usage months={usage} />}
    </div>
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

function Origins({ origins }: { readonly origins: readonly Origin[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverUpstreams')}</h2>
      <ul class="list">
        {origins.map(({ status, latency_ms: latency, version }, index) => (
          <li key={index} data-status={status}>
            <span class="lamp" aria-hidden="true" />
            <b>{index + 1}</b>
            <span>{status}</span>
            <span class="number">
              {latency !== undefined && t('milliseconds', { value: number(latency) })} {version}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Packs({ packs }: { readonly packs: readonly Pack[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverPacks')}</h2>
      <ul class="list">
        {packs.map((pack) => (
          <li key={pack.id}>
            <b>{pack.id}</b>
            {pack.default && <span class="badge">{t('packDefault')}</span>}
            <span class="help">{t(pack.state === 'loaded' ? 'packLoaded' : 'packInstalled')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Usage({ months }: { readonly months: readonly Month[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverUsage')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('month')}</th>
            <th scope="col">{t('requests')}</th>
            <th scope="col">{t('charactersShort')}</th>
            <th scope="col">{t('audio')}</th>
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, requests, characters, audio_seconds: seconds }) => (
            <tr key={month}>
              <th scope="row">{month}</th>
              <td>{number(requests)}</td>
              <td>{number(characters)}</td>
              <td>{t('seconds', { value: number(seconds, 1) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
