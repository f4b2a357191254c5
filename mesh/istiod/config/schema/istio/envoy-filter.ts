import { z } from 'zod';
import { fields, int32, labels, uint32 } from '#mesh/istiod/config/schema/fields.ts';
import { networkingVersion, writtenByIstio } from '#mesh/istiod/config/schema/istio/api-version.ts';
import { noTargets } from '#mesh/istiod/config/schema/istio/workload-selector.ts';
import { metadata } from '#mesh/istiod/config/schema/metadata.ts';

const text = z.string().exactOptional();

const listener = z.object({
  name: text,
  portNumber: uint32.exactOptional(),
  listenerFilter: text,
  portName: text,
  filterChain: fields({
    supported: {
      name: text,
      sni: text,
      transportProtocol: text,
      applicationProtocols: text,
      destinationPort: uint32.exactOptional(),
      filter: z.object({ name: text, subFilter: z.object({ name: text }).exactOptional() }).exactOptional(),
    },
    unsupported: { transportSocket: 'chains match whatever socket they have' },
  }).exactOptional(),
});

const vhost = z.object({
  name: text,
  domainName: text,
  route: z
    .object({ name: text, action: z.enum(['ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE']).default('ANY') })
    .exactOptional(),
});

const match = fields({
  supported: {
    context: z.enum(['ANY', 'SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY', 'WAYPOINT']).default('ANY'),
    proxy: z
      .object({ proxyVersion: text, metadata: z.record(z.string(), z.string()).default({}) })
      .exactOptional(),
    listener: listener.exactOptional(),
    routeConfiguration: z
      .object({
        name: text,
        portNumber: uint32.exactOptional(),
        portName: text,
        gateway: text,
        vhost: vhost.exactOptional(),
      })
      .exactOptional(),
    cluster: z
      .object({ name: text, service: text, portNumber: uint32.exactOptional(), subset: text })
      .exactOptional(),
  },
  harmless: { waypoint: 'the laptop has no waypoints' },
});

const operations = [
  ...(['INVALID', 'MERGE', 'MERGE_AND_REPLACE_LIST', 'ADD', 'REMOVE'] as const),
  ...(['INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'] as const),
];

const patch = fields({
  supported: {
    operation: z.enum(operations).default('INVALID'),
    value: z.record(z.string(), z.unknown()).default({}),
  },
  unsupported: { filterClass: 'the filter stands where `operation` puts it' },
});

const targets = [
  ...(['INVALID', 'LISTENER', 'LISTENER_FILTER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'] as const),
  ...([
    'ROUTE_CONFIGURATION',
    'VIRTUAL_HOST',
    'HTTP_ROUTE',
    'CLUSTER',
    'EXTENSION_CONFIG',
    'BOOTSTRAP',
  ] as const),
];

const configPatch = fields({
  supported: {
    applyTo: z.enum(targets).default('INVALID'),
    match: match.exactOptional(),
    patch: patch.exactOptional(),
  },
  unsupportedValues: {
    applyTo: {
      EXTENSION_CONFIG: 'the patch has no effect; put the configuration into the filter itself',
      BOOTSTRAP: 'the patch has no effect',
    },
  },
});

const spec = fields({
  supported: {
    workloadSelector: z.object({ labels }).exactOptional(),
    configPatches: z.array(configPatch).default([]),
    priority: int32.default(0),
  },
  unsupported: { targetRefs: noTargets },
});

/** https://istio.io/latest/docs/reference/config/networking/envoy-filter/ */
export const envoyFilter = fields({
  supported: { apiVersion: networkingVersion, kind: z.literal('EnvoyFilter'), metadata, spec },
  harmless: writtenByIstio,
});
