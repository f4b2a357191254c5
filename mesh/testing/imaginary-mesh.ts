import { z } from 'zod';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { gatewayApiOf } from '#mesh/istiod/config/gateway-api/from-files.ts';
import type { GatewayApiObjects } from '#mesh/istiod/config/gateway-api/objects.ts';
import type { ManifestDocument, SourceFile } from '#mesh/istiod/config/load/document.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Resource, ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { Mesh, OutboundPolicy } from '#mesh/istiod/model/mesh.ts';
import { imaginaryPods } from '#mesh/testing/imaginary-pods.ts';

/** A mesh that exists only as a model: that of the manifests, with every pod ready. */
export interface ImaginaryMesh {
  readonly mesh: Mesh;
  readonly resources: readonly Resource[];
  /** Absent where no manifest is known. */
  readonly gatewayApi?: GatewayApiObjects;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ImagineOptions {
  /** Of objects that name none. */
  readonly namespace: string;
  readonly outboundPolicy: OutboundPolicy;
  /** Every VirtualService holds for every caller, whatever gateway it names. */
  readonly routesOnly?: true | undefined;
}

/** The mesh that the manifests describe. Reports objects with mistakes, and leaves them out. */
export function imaginaryMesh(files: readonly SourceFile[], options: ImagineOptions): ImaginaryMesh {
  const { documents, diagnostics } = loadManifests(files);
  const imagined = imagine(documents, options);
  return { ...imagined, diagnostics: [...diagnostics, ...imagined.diagnostics] };
}

/** The same of documents that are read already. */
export function imagine(documents: readonly ManifestDocument[], options: ImagineOptions): ImaginaryMesh {
  const { namespace, outboundPolicy, routesOnly } = options;
  const parsed = parseResources(documents, { namespace });
  const aged = byAge(parsed.resources, documents, namespace);
  const resources = routesOnly ? aged.map(forEveryCaller) : aged;
  const gatewayApi = gatewayApiOf({ ...parsed, resources });
  const placed = imaginaryPods({ documents, resources, gatewayApi, namespace });
  const pods = routesOnly ? [...placed.pods, anyCaller(namespace)] : placed.pods;
  const mesh = buildMesh({
    ...{ resources, gatewayApi, pods, gateways: placed.gateways, outboundPolicy, standIns: [] },
  });
  return { mesh, resources, gatewayApi, diagnostics: parsed.diagnostics };
}

const created = z.object({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    creationTimestamp: z.string().nullish(),
  }),
});

/** Objects of one apply are of one age, and the name decides between them; those of an export tell theirs. */
function byAge(
  resources: readonly Resource[],
  documents: readonly ManifestDocument[],
  fallback: string,
): readonly Resource[] {
  const key = ({ kind, metadata: { name, namespace = fallback } }: z.output<typeof created>) =>
    `${kind} ${namespace}/${name}`;
  const ages = new Map(
    documents.flatMap(({ value }) => {
      const { data } = created.safeParse(value);
      return data ? [[key(data), data.metadata.creationTimestamp ?? ''] as const] : [];
    }),
  );
  const orderOf = ({ kind, metadata }: Resource) =>
    `${ages.get(key({ kind, metadata }))} ${metadata.name}.${metadata.namespace}`;
  const orders = new Map(resources.map((one) => [one, orderOf(one)]));
  return resources.toSorted((one, other) => ((orders.get(one) ?? '') < (orders.get(other) ?? '') ? -1 : 1));
}

/** Who asks where only routes matter. */
export const ANY_CALLER = 'any-caller';

function anyCaller(namespace: string) {
  return {
    ...{ name: ANY_CALLER, workload: ANY_CALLER, namespace, labels: {}, serviceAccount: 'default' },
    ...{ ports: [], ready: true, sidecar: { outboundPort: 1 } },
  };
}

function forEveryCaller(resource: Resource): Resource {
  if (resource.kind !== 'VirtualService') return resource;
  const http = resource.spec.http.map((rule) => ({
    ...rule,
    match: rule.match.map((match) => ({ ...match, gateways: [] })),
  }));
  const spec: ResourceOf<'VirtualService'>['spec'] = { ...resource.spec, gateways: [], http };
  return { ...resource, spec };
}
