import { describe, expect, it } from 'vitest';
import pack from '../../package.json' with { type: 'json' };
import { inferenceVersion, version } from '../../src/core/version.ts';
import { dialects } from '../../src/dialects/list.ts';
import type { Operation } from '../../src/http/operation.ts';
import { createDocument } from '../../src/openapi/document.ts';
import { limits } from '../http/limits.ts';
import { createSpeechServer } from '../http/speech-server.ts';

describe('the description of the API', () => {
  const described = async (): Promise<readonly Operation[]> => {
    const parts = await Promise.all(dialects.map(({ describe }) => describe?.(limits)));
    return parts.flatMap((part) => part?.operations ?? []);
  };

  it('has every route of every dialect, and no other', async () => {
    const routes = createSpeechServer()
      .routes.filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/studio/')) // files of a page
      .map(({ method, path }) => `${method} ${path}`);
    const told = (await described()).flatMap(({ method, path, aliases = [] }) =>
      [path, ...aliases].map((each) => `${method.toUpperCase()} ${each}`),
    );
    expect([...new Set(routes)].toSorted()).toEqual(told.toSorted());
  });

  it('writes their patterns as templates, and each name in one as a parameter', async () => {
    const { paths } = (await createDocument(dialects, limits)) as {
      paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
    };
    for (const [path, item] of Object.entries(paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(path).toMatch(/^(?:\/|(?:\/(?:[\w.-]+|\{\w+\}))+)$/);
      for (const { parameters } of Object.values(item))
        expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(names);
    }
  });

  it('says the version of the package', () => {
    expect(version).toBe(pack.version);
    expect(inferenceVersion).toBe(pack.dependencies['onnxruntime-web']);
  });
});
