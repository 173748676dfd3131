import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadRights, rights } from '../api/admin.ts';
import { apiKey } from '../api/server.ts';
import { t } from '../i18n/i18n.ts';
import { ModelRow } from '../models/model-row.tsx';
import { loadModels, models, pulls } from '../models/store.ts';

/** Voices that are not here yet, for those who may fetch them. */
export function MoreVoices(): JSX.Element | null {
  const key = apiKey.value;
  const mayPull = rights.value.pulls_models;
  useEffect(() => {
    void loadRights();
  }, [key]);
  useEffect(() => {
    if (mayPull) loadModels().catch(() => {}); // the list stays away
  }, [mayPull]);
  const absent = (models.value ?? []).filter(
    ({ id, state, voices }) =>
      voices > 0 && (state === 'available' || state === 'outdated' || pulls.value.has(id)),
  );
  if (!mayPull || absent.length === 0) return null;
  return (
    <section>
      <h2>{t('voicesMore')}</h2>
      <ul class="voices stacked">
        {absent.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </section>
  );
}
