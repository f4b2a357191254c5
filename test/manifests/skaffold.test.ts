import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { everyApp } from '#mesh/cli/lifecycle/apps.ts';
import { type SkaffoldConfig, skaffoldConfig } from '#test/manifests/skaffold-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const config = skaffoldConfig.parse(parse(read('skaffold.yaml')));
const profiles = config.profiles.map(({ name }) => name);

/** The configuration with these profiles, as skaffold makes it: each profile's parts, then its patches. */
function withProfiles(...names: readonly string[]): SkaffoldConfig {
  const result = structuredClone(config);
  for (const name of names) {
    const { build = {}, patches = [] } = config.profiles.find((profile) => profile.name === name) ?? {};
    Object.assign(result.build, build);
    expect(applyPatch(result, structuredClone(patches) as Operation[])).toEqual(patches.map(() => null));
  }
  return skaffoldConfig.parse(result);
}

/** The profiles that skaffold chooses by itself, wherever it runs. */
function chosenFor(command: string, app: string): readonly string[] {
  const fits = (pattern: string, value: string) =>
    pattern.startsWith('!') ? !new RegExp(pattern.slice(1)).test(value) : new RegExp(pattern).test(value);
  return config.profiles
    .filter(({ activation = [] }) =>
      activation.some((one) => {
        const [variable, pattern = ''] = one.env?.split(/=(.*)/) ?? ['APP'];
        expect(variable).toBe('APP');
        return !one.kubeContext && fits(one.command ?? '', command) && fits(pattern, app);
      }),
    )
    .map(({ name }) => name);
}

const documentsOf = (path: string) => parseAllDocuments(read(path)).map((document) => document.toJS());

const kustomized = ({ manifests }: SkaffoldConfig): readonly string[] =>
  (manifests.kustomize?.paths ?? []).flatMap((folder) => {
    const { resources } = parse(read(`${folder}/kustomization.yaml`)) as { resources: string[] };
    return resources.map((resource) => join(folder, resource));
  });

const manifestsOf = (chosen: SkaffoldConfig) => [...kustomized(chosen), ...chosen.manifests.rawYaml];

/** What it deploys and what it builds fit each other, from files that exist. */
function expectWhole(chosen: SkaffoldConfig): void {
  const images = manifestsOf(chosen)
    .flatMap(documentsOf)
    .flatMap(({ spec }) => spec?.template?.spec?.containers ?? [])
    .map(({ image }: { image: string }) => image)
    .filter((image) => image.startsWith('mesh101/'));
  const built = chosen.build.artifacts ?? [];
  expect(new Set(images)).toEqual(new Set(built.map(({ image }) => image)));
  for (const { image, docker, sync } of built) {
    const service = docker.buildArgs['SERVICE'] ?? '?';
    expect(image).toBe(`mesh101/${service}`);
    expect(read(docker.dockerfile)).toMatch(new RegExp(`^FROM .* AS ${docker.target ?? 'image'}$`, 'm'));
    expect(existsSync(join(ROOT, 'services', service, 'main.ts'))).toBe(true);
    for (const { src } of sync?.manual ?? [])
      expect(['platform/**/*', `services/${service}/**/*`]).toContain(src);
  }
}

describe('skaffold.yaml', () => {
  it('has a profile for each place', () => {
    expect(profiles).toEqual(expect.arrayContaining(['dev', 'minikube', 'kind', 'gke', 'gcb']));
  });

  it.each(['', ...profiles])('deploys with profile "%s" what it builds, from files that exist', (name) => {
    expectWhole(withProfiles(name));
  });

  it.each(everyApp())('runs $name by its name, and keeps its files live in dev', ({ name, ...app }) => {
    const variable = name === 'chain' ? '' : name;
    const [run, dev] = ['run', 'dev'].map((command) => withProfiles(...chosenFor(command, variable)));
    for (const chosen of [run, dev]) {
      if (!chosen) throw new Error('nothing was chosen');
      expectWhole(chosen);
      const manifests = manifestsOf(chosen);
      expect(manifests).toEqual(expect.arrayContaining([...app.services, app.start[0]]));
      expect([...app.services, ...app.start]).toEqual(expect.arrayContaining(manifests));
      expect(chosen.portForward.map(({ port }) => port)).toEqual([app.first.port]);
    }
    expect(run?.build.artifacts?.map(({ docker, sync }) => docker.target ?? sync)).not.toContain('dev');
    expect(dev?.build.artifacts?.every(({ docker, sync }) => docker.target === 'dev' && sync)).toBe(true);
    expect(dev && kustomized(dev)).toEqual(app.services);
  });

  it.each(everyApp())('makes the containers of $name writable in dev', ({ name, services }) => {
    const { components } = parse(read(`k8s/dev/${name}/kustomization.yaml`)) as { components: string[] };
    expect(components).toEqual(['../live']);
    const { patches } = parse(read('k8s/dev/live/kustomization.yaml')) as { patches: { patch: string }[] };
    const operations = patches.flatMap(({ patch }) => parse(patch) as Operation[]);
    const deployments = services.flatMap(documentsOf).filter(({ kind }) => kind === 'Deployment');
    expect(deployments).not.toEqual([]);
    for (const deployment of deployments) {
      // A JSON patch reaches one container; a second one would stay read-only.
      expect(deployment.spec.template.spec.containers).toHaveLength(1);
      expect(applyPatch(deployment, operations)).toEqual(operations.map(() => null));
      expect(deployment.spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem).toBe(false);
    }
  });

  it('forwards a port that the gateway has', () => {
    const { spec } = parse(read('cluster/istio-operator.yaml')) as {
      spec: {
        components: {
          ingressGateways: { name: string; k8s: { service: { ports: { port: number }[] } } }[];
        };
      };
    };
    for (const { resourceName, port } of ['', ...profiles].flatMap(
      (name) => withProfiles(name).portForward,
    )) {
      const gateway = spec.components.ingressGateways.find(({ name }) => name === resourceName);
      expect(gateway?.k8s.service.ports.map((one) => one.port)).toContain(port);
    }
  });
});
