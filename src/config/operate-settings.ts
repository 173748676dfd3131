import { choice, setting } from './values.ts';
import { boolean } from './values-list.ts';

export const operateSettings = {
  'admin.access': setting(
    choice('auto', 'keys', 'off'),
    'auto',
    'FISH_ADMIN',
    'admin',
    'Who may use `/v1/admin`: keys made with `--admin` and, where no key is asked for, programs and the page on this machine (`auto`); those keys alone (`keys`); nobody (`off`)',
  ),
  'metrics.enabled': setting(
    boolean(),
    'true',
    'FISH_METRICS',
    'metrics',
    'Count what happens, and answer `/metrics` in the text format of Prometheus',
  ),
  'metrics.open': setting(
    boolean(),
    'false',
    'FISH_METRICS_OPEN',
    'metrics-open',
    'Answer `/metrics` without a key too, and whatever the limits; else it needs one where keys are set',
  ),
  'openapi.enabled': setting(
    boolean(),
    'true',
    'FISH_OPENAPI',
    'openapi',
    'Describe the API at `/openapi.json`, without a key',
  ),
  'openapi.page': setting(
    boolean(),
    'true',
    'FISH_OPENAPI_PAGE',
    'openapi-page',
    'Show that description as a page at `/docs`; not on Workers',
  ),
};
