import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { translate } from '#mesh/istiod/translate.ts';
import { place } from '#mesh/testing/place.ts';
import { expectGolden } from '#test/golden.ts';

const ROOT = join(import.meta.dirname, '../..');
const sources = (names: readonly string[]) =>
  names.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
const chain = [
  'k8s/chain.yaml',
  ...['ingress', 'egress', 'destinationrules'].map((name) => `istio/chain/${name}.yaml`),
];

describe('the manifests of the chain, from text to Envoy', () => {
  it('have nothing to complain about, and give every pod and the gateway a configuration', () => {
    const { diagnostics, configurations } = translate(sources([...chain, 'istio/chain/routing-3.yaml']), {
      namespace: 'default',
      place,
    });
    expect(diagnostics).toEqual([]);
    expect(Object.keys(configurations).sort()).toEqual([
      'backend-prod.default',
      'frontend-prod.default',
      'istio-ingressgateway.istio-system',
      'middleware-canary.default',
      'middleware-prod.default',
    ]);
  });

  it.each(['routing-1', 'routing-2', 'routing-3', 'split-80-20', 'fault', 'mtls-strict'])(
    "route frontend's requests by %s",
    (state) => {
      const files = sources([...chain, `istio/chain/${state}.yaml`]);
      const { configurations } = translate(files, { namespace: 'default', place });
      const { routes } = configurations['middleware-prod.default'] ?? {};
      const { listeners } = configurations['backend-prod.default'] ?? {};
      expectGolden(join(import.meta.dirname, 'testdata', `chain-${state}.out.yaml`), {
        'routes of frontend-prod': configurations['frontend-prod.default']?.routes,
        'routes of middleware-prod': routes,
        'inbound listener of backend-prod': listeners?.filter(({ name }) =>
          String(name).startsWith('virtualInbound'),
        ),
      });
    },
  );

  it("leave a pod's inbound listener as it is when the pod becomes ready", () => {
    const inboundOf = (ready: boolean) => {
      const { configurations } = translate(sources(chain), {
        namespace: 'default',
        place: (resources) => {
          const input = place(resources);
          return { ...input, pods: input.pods.map((pod) => ({ ...pod, ready })) };
        },
      });
      return configurations['backend-prod.default']?.listeners;
    };
    // A changed listener drains the old one, and ends connections that requests have just begun to use.
    expect(inboundOf(false)).toEqual(inboundOf(true));
  });

  it('give nothing when something is wrong', () => {
    const files = sources(['istio/chain/routing-1.yaml']);
    const { diagnostics, configurations } = translate(files, { namespace: 'default', place });
    expect(diagnostics.map(({ code }) => code)).toContain('IST0101');
    expect(configurations).toEqual({});
  });
});
