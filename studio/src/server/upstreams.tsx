import type { JSX } from 'preact';
import type { Upstreams as AllUpstreams, Upstream } from '../api/admin.ts';
import { number, t } from '../i18n/i18n.ts';
import type { Origin } from './state.ts';

/** For administrators: slots, breaker and latency of each, and who waits for all of them. */
export function Upstreams({ upstreams }: { readonly upstreams: AllUpstreams }): JSX.Element {
  const { queued, running, data } = upstreams;
  return (
    <section>
      <h2>{t('serverUpstreams')}</h2>
      <p class="help queue">{t('upstreamsQueue', { running: number(running), queued: number(queued) })}</p>
      <ul class="list upstreams">
        {data.map((upstream) => (
          <UpstreamRow key={upstream.number} upstream={upstream} />
        ))}
      </ul>
    </section>
  );
}

function UpstreamRow({ upstream }: { readonly upstream: Upstream }): JSX.Element {
  const { kind, url, status, latency_ms: latency, version, slots, slots_in_use: used, failures } = upstream;
  const about = [kind, version, failures > 0 && t('upstreamFailures', { count: number(failures) })];
  return (
    <li data-status={status}>
      <span class="lamp" aria-hidden="true" />
      <div class="about">
        <b>{url}</b>
        <span>{about.filter(Boolean).join(' · ')}</span>
      </div>
      {upstream.breaker === 'open' && <span class="badge bad">{t('breakerOpen')}</span>}
      {upstream.draining && <span class="badge">{t('draining')}</span>}
      <div class="slots">
        <span class="help">{t('slots', { used: number(used), all: number(slots) })}</span>
        <progress value={used} max={slots} aria-label={`${t('slotsLabel')}: ${url}`} />
      </div>
      <span class="number">
        {status === 'unhealthy'
          ? t('unhealthy')
          : latency !== undefined && t('milliseconds', { value: number(latency) })}
      </span>
    </li>
  );
}

/** What everybody else sees: no address. */
export function Origins({ origins }: { readonly origins: readonly Origin[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverUpstreams')}</h2>
      <ul class="list">
        {origins.map(({ status, latency_ms: latency, version }, index) => (
          <li key={index} data-status={status}>
            <span class="lamp" aria-hidden="true" />
            <b>{index + 1}</b>
            <span>{t(status === 'unhealthy' ? 'unhealthy' : 'healthy')}</span>
            <span class="number">
              {latency !== undefined && t('milliseconds', { value: number(latency) })} {version}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
