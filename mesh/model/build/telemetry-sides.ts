import type { Side } from '#mesh/model/build/telemetry.ts';
import { PROVIDERS } from '#mesh/model/build/telemetry-providers.ts';
import {
  type AccessLogPolicy,
  DEFAULT_SIDE,
  type TraceTag,
  type TracingPolicy,
} from '#mesh/model/telemetry.ts';
import type { ResourceOf } from '#mesh/schema/resource.ts';

type Spec = ResourceOf<'Telemetry'>['spec'];
type Tracing = Spec['tracing'][number];
type AccessLogging = Spec['accessLogging'][number];

interface Matching {
  readonly match: { readonly mode: 'CLIENT_AND_SERVER' | Side };
}

/** Whether an entry speaks of this side of the workload's requests. */
export function concerns({ match: { mode } }: Matching, side: Side): boolean {
  return mode === 'CLIENT_AND_SERVER' || mode === side;
}

/** @param levels the entries of the mesh, the namespace and the workload */
export function foldTracing(levels: readonly (readonly Tracing[])[], side: Side): TracingPolicy {
  const entries = levels.flat().filter((entry) => concerns(entry, side));
  const last = <T>(fieldOf: (entry: Tracing) => T | undefined) =>
    entries.map(fieldOf).findLast((value) => value !== undefined);
  const provider = last(({ providers }) => providers[0]?.name) ?? PROVIDERS.tracing;
  const tags = last(({ customTags }) => customTags);
  const { sampling, istioTags } = DEFAULT_SIDE.tracing;
  return {
    // A provider that the mesh does not have reports nothing, as in Istio.
    enabled: provider === PROVIDERS.tracing && last((entry) => entry.disableSpanReporting) !== true,
    sampling: last((entry) => entry.randomSamplingPercentage) ?? sampling,
    tags: tags ? traceTags(tags) : {},
    istioTags: last((entry) => entry.enableIstioTags) ?? istioTags,
  };
}

function traceTags(tags: NonNullable<Tracing['customTags']>): Record<string, TraceTag> {
  return Object.fromEntries(Object.entries(tags).flatMap(([name, tag]) => traceTag(name, tag)));
}

type CustomTag = NonNullable<Tracing['customTags']>[string];

function traceTag(
  name: string,
  { literal, header, environment, formatter }: CustomTag,
): (readonly [string, TraceTag])[] {
  if (literal) return [[name, { literal: literal.value }]];
  if (header) return [[name, { header: header.name, defaultValue: header.defaultValue }]];
  if (environment) return [[name, { environment: environment.name, defaultValue: environment.defaultValue }]];
  return formatter ? [[name, { format: formatter.value }]] : [];
}

export function foldAccessLog(levels: readonly (readonly AccessLogging[])[], side: Side): AccessLogPolicy {
  const entries = levels.flat().filter((entry) => concerns(entry, side) && logsHere(entry));
  return entries.reduce<AccessLogPolicy>((before, { disabled, filter }) => {
    const chosen = filter?.expression ?? before.filter;
    return {
      enabled: disabled === undefined ? before.enabled : !disabled,
      ...(chosen !== undefined && { filter: chosen }),
    };
  }, DEFAULT_SIDE.accessLog);
}

function logsHere({ providers }: AccessLogging): boolean {
  return providers.length === 0 || providers.some(({ name }) => name === PROVIDERS.accessLogging);
}
