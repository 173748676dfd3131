import type { JSX } from 'preact';
import type { Model } from '../api/admin.ts';
import { t } from '../i18n/i18n.ts';
import { ModelRow } from '../models/model-row.tsx';
import type { Pack } from './state.ts';

/** All that an administrator may fetch and remove. */
export function Models({ models }: { readonly models: readonly Model[] }): JSX.Element {
  return (
    <section>
      <h2>{t('serverModels')}</h2>
      <ul class="voices stacked">
        {models.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </section>
  );
}

/** What everybody else sees: the packs that speak here. */
export function Packs({ packs }: { readonly packs: readonly Pack[] }): JSX.Element {
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
