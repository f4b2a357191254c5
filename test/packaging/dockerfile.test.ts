import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CONTEXT, execForm, readStages, type Stage } from '#test/packaging/dockerfile.ts';

const stages = readStages();
const named = (name: string): Stage | undefined => stages.find((stage) => stage.name === name);
const steps = (stage: Stage | undefined, keyword: string) =>
  stage?.steps.filter((step) => step.keyword === keyword) ?? [];

describe('the Dockerfile', () => {
  test('ends with the image, so that a build without --target is the one for production', () => {
    expect(stages.at(-1)?.name).toBe('image');
  });

  test('takes every base image from BASE_IMAGE', () => {
    const names = stages.map((stage) => stage.name);
    const images = stages.map((stage) => stage.base).filter((base) => !names.includes(base));
    expect(new Set(images)).toEqual(new Set([`\${BASE_IMAGE}`]));
  });

  test('names no service but as the default of SERVICE', () => {
    const services = globSync('services/*', { cwd: CONTEXT }).map((path) => path.slice('services/'.length));
    const text = JSON.stringify(stages);
    expect(services).toContain('chain');
    for (const service of services) expect(text).not.toContain(`services/${service}`);
  });
});

describe('the Dockerfile of the mesh', () => {
  const own = readStages('Dockerfile.mesh');
  const last = own.at(-1);

  test('has the base image of the services, by its digest', () => {
    const baseOf = (file: string) =>
      /^ARG BASE_IMAGE=(\S+@sha256:\S+)$/m.exec(readFileSync(join(CONTEXT, file), 'utf8'))?.[1];
    expect(baseOf('Dockerfile.mesh')).toBe(baseOf('Dockerfile') ?? 'none');
    const names = own.map((stage) => stage.name);
    expect(new Set(own.map(({ base }) => base).filter((base) => !names.includes(base)))).toEqual(
      new Set([`\${BASE_IMAGE}`]),
    );
  });

  test('runs nothing in its last stage, which starts as a numeric user with its labels', () => {
    expect([last?.name, steps(last, 'RUN'), steps(last, 'USER').map(({ text }) => text)]).toEqual([
      'image',
      [],
      ['1000:1000'],
    ]);
    const names = (stage: Stage | undefined) =>
      Object.keys(Object.assign({}, ...steps(stage, 'LABEL').map((step) => step.properties)));
    expect(names(last)).toEqual(names(named('image')));
  });
});

describe('the image', () => {
  test('needs no shell: nothing runs while it is put together, and node is its first process', () => {
    expect(steps(named('image'), 'RUN')).toEqual([]);
    expect(execForm(steps(named('image'), 'ENTRYPOINT')[0])).toEqual([
      'node',
      '--max-semi-space-size=16',
      'main.js',
    ]);
    expect(steps(named('image'), 'CMD')).toEqual([]);
  });

  test('has the labels of the OCI image specification', () => {
    const labels = Object.assign({}, ...steps(named('image'), 'LABEL').map((step) => step.properties));
    const names = ['title', 'source', 'version', 'revision', 'licenses'];
    expect(Object.keys(labels)).toEqual(names.map((name) => `org.opencontainers.image.${name}`));
    expect(labels['org.opencontainers.image.licenses']).toBe(
      JSON.parse(readFileSync(join(CONTEXT, 'package.json'), 'utf8')).license,
    );
  });

  test.each(['image', 'dev', 'compiled'])(
    'runs as a numeric user (stage %s): the one of every manifest',
    (name) => {
      expect(steps(named(name), 'USER').map((step) => step.text)).toEqual(['1000:1000']);
    },
  );

  test('has the user whom the manifests name', () => {
    const contexts = globSync('k8s/*.yaml', { cwd: CONTEXT })
      .flatMap((file) => parseAllDocuments(readFileSync(join(CONTEXT, file), 'utf8')))
      .map((document) => document.toJS())
      .filter((resource) => resource?.kind === 'Deployment')
      .flatMap(({ spec }) => spec.template.spec)
      .filter(({ containers }) =>
        containers.some(({ image }: { image: string }) => image.startsWith('mesh101/')),
      )
      .map(({ securityContext: { runAsUser, runAsGroup } }) => `${runAsUser}:${runAsGroup}`);
    expect(contexts.length).toBeGreaterThan(3);
    expect(new Set(contexts)).toEqual(new Set(['1000:1000']));
  });
});

describe('the stage for skaffold dev', () => {
  test('lets its user change the sources', () => {
    const owners = steps(named('dev'), 'COPY').map((step) => step.flags['chown']);
    expect(owners).toEqual(['1000:1000', '1000:1000']);
  });

  test('starts again when a file of the platform or of a service changes', () => {
    const command = execForm(steps(named('dev'), 'ENTRYPOINT')[0]);
    expect(command[0]).toBe('node');
    expect(command.join(' ')).toContain('--watch platform --watch services');
  });
});
