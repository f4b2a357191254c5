import type { ApplyRequest } from '#mesh/run/api.ts';

/** The rule that the benchmarks change: which middleware serves. */
export type Version = 'prod' | 'canary';

export const FILE = 'middleware.yaml';

export function other(version: Version): Version {
  return version === 'prod' ? 'canary' : 'prod';
}

/** Every request for middleware to one version. Without retries, so that no lost request is covered up here. */
export function routeTo(version: Version): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: middleware
spec:
  hosts: [middleware]
  http:
    - route:
        - destination: {host: middleware, subset: ${version}}
      retries: {attempts: 0}
`;
}

export function applyRequest(version: Version): ApplyRequest {
  return { files: [{ file: FILE, text: routeTo(version) }], namespace: 'default' };
}

const FILES = [
  'k8s/chain.yaml',
  'istio/chain/ingress.yaml',
  'istio/chain/egress.yaml',
  'istio/chain/destinationrules.yaml',
  'istio/chain/routing-1.yaml',
];

/**
 * For `mesh up`, the mesh that it changes: the chain, its gateway and the subsets, without any explicit retry. Nothing is
 * traced: the spans would be most of the load.
 */
export const UP_ARGUMENTS = [...FILES.flatMap((file) => ['-f', file]), '--traces-to', 'none'];
