import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type SkaffoldConfig, skaffoldConfig } from '#test/manifests/skaffold-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const config = skaffoldConfig.parse(parse(read('skaffold.yaml')));
const profiles = config.profiles.map(({ name }) => name);

/** The configuration with one profile, as skaffold makes it: the profile's parts, then its patches. */
function withProfile(name: string): SkaffoldConfig {
  const { build = {}, patches = [] } = config.profiles.find((profile) => profile.name === name) ?? {};
  const result = structuredClone({ ...config, build: { ...config.build, ...build } });
  expect(applyPatch(result, patches as Operation[])).toEqual(patches.map(() => null));
  return skaffoldConfig.parse(result);
}

const documentsOf = (path: string) => parseAllDocuments(read(path)).map((document) => document.toJS());

function manifestsOf({ manifests }: SkaffoldConfig): readonly string[] {
  const kustomized = (manifests.kustomize?.paths ?? []).flatMap((folder) => {
    const { resources } = parse(read(`${folder}/kustomization.yaml`)) as { resources: string[] };
    return resources.map((resource) => join(folder, resource));
  });
  return [...manifests.rawYaml, ...kustomized];
}

describe('skaffold.yaml', () => {
  it('has a profile for each place', () => {
    expect(profiles).toEqual(expect.arrayContaining(['dev', 'minikube', 'kind', 'gke', 'gcb']));
  });

  it.each(['', ...profiles])('deploys with profile "%s" what it builds, from files that exist', (name) => {
    const chosen = withProfile(name);
    const images = manifestsOf(chosen)
      .flatMap(documentsOf)
      .flatMap(({ spec }) => spec?.template?.spec?.containers ?? [])
      .map(({ image }: { image: string }) => image);
    const built = chosen.build.artifacts ?? [];
    expect(new Set(images)).toEqual(new Set(built.map(({ image }) => image)));
    for (const { docker, sync } of built) {
      expect(read(docker.dockerfile)).toMatch(new RegExp(`^FROM .* AS ${docker.target ?? 'image'}$`, 'm'));
      expect(existsSync(join(ROOT, 'services', docker.buildArgs['SERVICE'] ?? '?', 'main.ts'))).toBe(true);
      for (const { src } of sync?.manual ?? [])
        expect(existsSync(join(ROOT, src.replace(/\/\*.*/, '')))).toBe(true);
    }
  });

  it('makes the containers of skaffold dev writable, whatever they are called', () => {
    const { patches } = parse(read('k8s/dev/kustomization.yaml')) as { patches: { patch: string }[] };
    const operations = patches.flatMap(({ patch }) => parse(patch) as Operation[]);
    const deployments = documentsOf('k8s/chain.yaml').filter(({ kind }) => kind === 'Deployment');
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
    for (const { resourceName, port } of config.portForward) {
      const gateway = spec.components.ingressGateways.find(({ name }) => name === resourceName);
      expect(gateway?.k8s.service.ports.map((one) => one.port)).toContain(port);
    }
  });
});

/** The real skaffold's opinion, where there is one (`SKAFFOLD` names it). */
describe.skipIf(!process.env['SKAFFOLD'])('the real skaffold', () => {
  it.each(profiles)('understands skaffold.yaml with profile %s', async (profile) => {
    const { stdout } = await promisify(execFile)(
      process.env['SKAFFOLD'] ?? '',
      ['diagnose', '--yaml-only', '--profile', profile],
      { cwd: ROOT, env: { ...process.env, SKAFFOLD_UPDATE_CHECK: 'false' } },
    );
    expect(skaffoldConfig.shape.apiVersion.parse(parse(stdout).apiVersion)).toBe(config.apiVersion);
  });
});
