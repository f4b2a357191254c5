import { parse } from 'yaml';
import { z } from 'zod';
import { MESH_CONFIG } from '#mesh/istiod/config/resources.ts';
import { parseDuration } from '#mesh/istiod/config/schema/fields.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { once } from '#mesh/once.ts';

const port = z.coerce.number().int().min(1).max(65_535);
const duration = z.string().transform((text) => parseDuration(text));
const names = z.array(z.string()).default([]);

const service = {
  /** `host`, or `namespace/host`. */
  service: z.string(),
  port,
  timeout: duration.optional(),
  failOpen: z.boolean().default(false),
  statusOnError: z.coerce.number().int().optional(),
  includeRequestBodyInCheck: z
    .object({
      maxRequestBytes: z.number().int().default(0),
      allowPartialMessage: z.boolean().default(false),
      packAsBytes: z.boolean().default(false),
    })
    .optional(),
};

const httpAuthorizer = z.object({
  ...service,
  pathPrefix: z.string().default(''),
  includeRequestHeadersInCheck: names,
  includeHeadersInCheck: names,
  includeAdditionalHeadersInCheck: z.record(z.string(), z.string()).default({}),
  headersToUpstreamOnAllow: names,
  headersToDownstreamOnAllow: names,
  headersToDownstreamOnDeny: names,
});

const grpcAuthorizer = z.object({ ...service, clearRouteCache: z.boolean().default(false) });

const provider = z.object({
  name: z.string(),
  envoyExtAuthzHttp: httpAuthorizer.optional().catch(undefined),
  envoyExtAuthzGrpc: grpcAuthorizer.optional().catch(undefined),
});

/** https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig */
const proxyConfig = z
  .object({
    tracing: z
      .object({ sampling: z.number().min(0).max(100).optional() })
      .default({})
      .catch({}),
    proxyMetadata: z.record(z.string(), z.string()).default({}).catch({}),
  })
  .default({ tracing: {}, proxyMetadata: {} })
  .catch({ tracing: {}, proxyMetadata: {} });

/** Fields that say on the laptop what they say anyway, or are for what it does not have. */
const harmless: ReadonlySet<string> = new Set([
  ...['accessLogFile', 'accessLogFormat', 'accessLogEncoding', 'defaultProviders', 'discoverySelectors'],
  ...[
    'enablePrometheusMerge',
    'extensionProviders',
    'outboundTrafficPolicy',
    'enableAutoMtls',
    'enableTracing',
  ],
  ...['rootNamespace', 'trustDomain', 'defaultConfig', 'ingressClass', 'ingressService', 'ingressSelector'],
  ...[
    'ingressControllerMode',
    'configSources',
    'dnsRefreshRate',
    'mixerCheckServer',
    'protocolDetectionTimeout',
  ],
]);

const meshConfig = z.object({
  extensionProviders: z.array(provider).default([]).catch([]),
  outboundTrafficPolicy: z
    .object({ mode: z.enum(['ALLOW_ANY', 'REGISTRY_ONLY']).optional() })
    .default({})
    .catch({}),
  /** Absent: the laptop logs; empty: nobody does, where no Telemetry says otherwise. */
  accessLogFile: z.string().optional().catch(undefined),
  accessLogFormat: z.string().default('').catch(''),
  accessLogEncoding: z.enum(['TEXT', 'JSON']).default('TEXT').catch('TEXT'),
  enableAutoMtls: z.boolean().default(true).catch(true),
  enableTracing: z.boolean().default(true).catch(true),
  defaultConfig: proxyConfig,
});

/** What the laptop carries out of https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/; times in milliseconds. */
export type MeshConfig = z.infer<typeof meshConfig>;
export type ExtensionProvider = MeshConfig['extensionProviders'][number];

const nothing: MeshConfig = meshConfig.parse({});

/** The ConfigMap `istio` of istio-system, as one edits it on a cluster; what cannot be read there says nothing. */
export function meshConfigOf(resources: readonly Resource[]): MeshConfig {
  const map = ofKind(resources, 'ConfigMap').find(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}` === MESH_CONFIG,
  );
  return map ? read(map.data) : nothing;
}

/** What of a mesh configuration the laptop does not carry out; undefined: it is no YAML with fields. */
export function unreadFields(data: Readonly<Record<string, string>>): readonly string[] | undefined {
  try {
    const config: unknown = parse(data['mesh'] ?? '') ?? {};
    if (typeof config !== 'object' || Array.isArray(config)) return undefined;
    return Object.keys(config as object).filter((name) => !harmless.has(name));
  } catch {
    return undefined;
  }
}

const read = once((data: Readonly<Record<string, string>>): MeshConfig => {
  try {
    return meshConfig.safeParse(parse(data['mesh'] ?? '') ?? {}).data ?? nothing;
  } catch {
    return nothing;
  }
});
