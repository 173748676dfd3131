import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { settings } from '../../src/config/config.ts';
import { root } from '../cli/support.ts';

const chart = join(root, 'deploy/helm/fish-edge');
const hasHelm = spawnSync('helm', ['version']).status === 0;
const why = hasHelm ? '' : ' (skipped: helm is not installed)';

interface Manifest {
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}
interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly securityContext: object;
  readonly livenessProbe: object;
  readonly readinessProbe: object;
}

const read = (file: string): string => readFileSync(join(chart, file), 'utf8');

function helm(args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync('helm', [...args], { encoding: 'utf8' });
}

/** For the oldest Kubernetes that it is for: helm itself takes one that its build names. */
function template(sets: readonly string[]): ReturnType<typeof helm> {
  const values = sets.flatMap((set) => ['--set', set]);
  return helm(['template', 'spoken', chart, '--kube-version', '1.27.0', ...values]);
}

/** What the chart makes of values. */
function render(...sets: string[]): Manifest[] {
  const { status, stdout, stderr } = template(sets);
  expect([status, stderr]).toEqual([0, '']);
  return parseAllDocuments(stdout)
    .map((document) => document.toJSON() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

function podOf(manifests: readonly Manifest[]): Pod {
  const [deployment] = manifests.filter(({ kind }) => kind === 'Deployment');
  if (!deployment) throw new Error('there is no Deployment');
  return (deployment.spec.template as { readonly spec: Pod }).spec;
}

describe('the values of the chart', () => {
  const isValid = new Ajv({ strict: false }).compile(JSON.parse(read('values.schema.json')) as object);
  const defaults = parse(read('values.yaml')) as Record<string, unknown>;

  it('are as their schema says, each of them', () => {
    const { properties } = JSON.parse(read('values.schema.json')) as { readonly properties: object };
    expect([isValid(defaults), isValid.errors]).toEqual([true, null]);
    expect(Object.keys(defaults).filter((name) => !(name in properties))).toEqual([]);
  });

  it.each([
    ['a name that there is not', { replica: 2 }],
    ['no server', { replicas: 0 }],
    ['a backend that is no address', { backend: 'gpu-machine' }],
    ['a secret without its key', { secrets: { apiKey: { name: 'fish' } } }],
    ['a secret in plain text', { secrets: { apiKey: 'sk-123' } }],
    ['a setting that is no variable of ours', { settings: { PATH: '/tmp' } }],
  ])('cannot be %s', (_, values) => {
    expect(isValid({ ...defaults, ...values })).toBe(false);
  });

  it('are used by its templates, each variable a setting', () => {
    const deployment = read('templates/deployment.yaml');
    const known = new Set(Object.values(settings).map(({ env }) => env as string));
    const named = [...deployment.matchAll(/FISH_\w+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(4);
  });
});

describe.skipIf(!hasHelm)(`the chart${why}`, () => {
  it('passes helm lint', () => {
    const { status, stdout } = helm(['lint', '--strict', chart]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 chart(s) failed')]);
  });

  it('makes one server that may nothing, with probes that ask for no key', () => {
    const manifests = render('backend=http://gpu:8080', 'secrets.apiKey.name=fish', 'secrets.apiKey.key=api');
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual(['Deployment', 'Service']);
    const pod = podOf(manifests);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 45,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    const [container] = pod.containers;
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      livenessProbe: { httpGet: { path: '/livez' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
    });
    expect(container.env).toContainEqual({
      name: 'FISH_API_KEY',
      valueFrom: { secretKeyRef: { name: 'fish', key: 'api' } },
    });
    expect(container.env).toContainEqual({ name: 'FISH_SHUTDOWN_TIMEOUT', value: '35s' });
  });

  it('makes several that share Redis, of which a drained node takes one', () => {
    const manifests = render('replicas=3', 'redis.url=redis://redis:6379', 'settings.FISH_LOG_LEVEL=warn');
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual([
      'Deployment',
      'PodDisruptionBudget',
      'Service',
    ]);
    const [container] = podOf(manifests).containers;
    expect(container.env).toContainEqual({ name: 'FISH_STATE', value: 'redis://redis:6379' });
    expect(container.env).toContainEqual({ name: 'FISH_LOG_LEVEL', value: 'warn' });
    const deployment = manifests.find(({ kind }) => kind === 'Deployment');
    expect(deployment?.spec).toMatchObject({
      replicas: 3,
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
  });

  it('makes what it is asked for: scaling, a volume, an ingress', () => {
    const kinds = (...sets: string[]): string[] => render(...sets).map(({ kind }) => kind);
    expect(kinds('autoscaling.enabled=true', 'redis.url=redis://r:6379')).toContain(
      'HorizontalPodAutoscaler',
    );
    expect(kinds('persistence.enabled=true')).toContain('PersistentVolumeClaim');
    expect(kinds('ingress.enabled=true', 'ingress.host=speech.example.com')).toContain('Ingress');
  });

  it.each([
    [['replicas=2'], 'set redis.url'],
    [['replicas=2', 'redis.url=redis://r:6379', 'persistence.enabled=true'], 'persistence is for one server'],
    [['redis.url=redis://r:6379', 'secrets.redisUrl.name=r', 'secrets.redisUrl.key=k'], 'set one of them'],
    [['replicas=0'], 'replicas'],
    [['ingress.enabled=true'], 'ingress.host'],
  ])('refuses %j', (sets, message) => {
    const { status, stderr } = template(sets);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
