import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import type { Mesh, Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';

export interface Translation {
  readonly diagnostics: readonly Diagnostic[];
  /** By `pod.namespace` or `gateway.namespace`; empty when a diagnostic is an error. */
  readonly configurations: Readonly<Record<string, EnvoyConfig>>;
}

export interface TranslateOptions {
  /** For objects that name none. */
  readonly namespace: string;
  /** Finds pods, ports and stand-ins for the resources: what the runner does on a real machine. */
  readonly place: (resources: readonly Resource[]) => BuildInput;
}

/**
 * Everything between a manifest and an Envoy on one screen, for readers and for tests of the whole way. The runner takes
 * the same steps, but has to merge with what is applied and to write what changed.
 */
export function translate(files: readonly SourceFile[], { namespace, place }: TranslateOptions): Translation {
  const loaded = loadManifests(files);
  const parsed = parseResources(loaded.documents, { namespace });
  const diagnostics = [...loaded.diagnostics, ...parsed.diagnostics, ...analyze(parsed.resources)];
  if (hasErrors(diagnostics)) return { diagnostics, configurations: {} };
  const mesh = buildMesh(place(parsed.resources));
  const configurations = proxiesOf(mesh).map(([name, proxy]) => [name, envoyFor(mesh, proxy)]);
  return { diagnostics, configurations: Object.fromEntries(configurations) };
}

/** Every Envoy that stands for something in the manifests, by its name. */
function proxiesOf({ pods, gateways }: Mesh): readonly (readonly [string, MeshProxy])[] {
  return [
    ...gateways.map(
      (gateway) => [`${gateway.name}.${gateway.namespace}`, { role: 'gateway', gateway }] as const,
    ),
    ...pods.flatMap((pod) =>
      pod.sidecar
        ? [[`${pod.name}.${pod.namespace}`, { role: 'sidecar', pod, sidecar: pod.sidecar }] as const]
        : [],
    ),
  ];
}
