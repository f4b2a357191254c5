import { parse } from 'yaml';
import { z } from 'zod';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { meshConfigOf } from '#mesh/istiod/config/mesh-config.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import { ofKind, type Resource, type ResourceOf } from '#mesh/istiod/config/schema/resource.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';

type ProxyConfig = ResourceOf<'ProxyConfig'>;

export interface ProxiedWorkload {
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
}

type Variables = Readonly<Record<string, string>>;

const ANNOTATION = 'proxy.istio.io/config';
const annotated = z.object({ proxyMetadata: z.record(z.string(), z.string()).default({}) });

/**
 * The environment with which a workload's proxy starts: what the mesh configuration says, then the ProxyConfig of the root
 * namespace, of the workload's own and of the workload itself, then the pod's annotation, each before the one behind it
 * (https://istio.io/latest/docs/reference/config/networking/proxy-config/).
 */
export function proxyEnvironment(workload: ProxiedWorkload, resources: readonly Resource[]): Variables {
  const all = ofKind(resources, 'ProxyConfig');
  const within = (namespace: string) => all.filter(({ metadata }) => metadata.namespace === namespace);
  const own = within(workload.namespace);
  const levels = [
    within(ROOT_NAMESPACE).find((one) => !isSelective(one)),
    own.find((one) => !isSelective(one)),
    own.find((one) => isSelective(one) && selects(labelsOf(one), workload.labels)),
  ];
  return Object.assign(
    {},
    meshConfigOf(resources).defaultConfig.proxyMetadata,
    ...levels.map((one) => one?.spec.environmentVariables),
    annotationOf(workload),
  );
}

function labelsOf({ spec }: ProxyConfig): Labels {
  return spec.selector?.matchLabels ?? {};
}

const isSelective = (one: ProxyConfig) => Object.keys(labelsOf(one)).length > 0;

/** One that cannot be read says nothing. */
function annotationOf({ annotations }: ProxiedWorkload): Variables {
  try {
    return annotated.safeParse(parse(annotations[ANNOTATION] ?? '')).data?.proxyMetadata ?? {};
  } catch {
    return {};
  }
}
