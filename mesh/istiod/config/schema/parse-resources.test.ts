import { describe, expect, it } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { faultPercentage } from '#mesh/istiod/config/schema/istio/virtual-service/http-route.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';

function parse(text: string) {
  return parseResources(loadManifest({ file: 'test.yaml', text }).documents, { namespace: 'shop' });
}

const virtualService = `
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: middleware}
spec:
  hosts: [middleware]
  http:
  - timeout: 1m30s
    retries: {attempts: 3, perTryTimeout: 0.5s}
    fault: {delay: {fixedDelay: 2s, percent: 10}, abort: {httpStatus: 500}}
    match:
    - headers: {x-user: {}}
    route:
    - destination: {host: middleware}
`;

describe('parseResources', () => {
  it('turns durations into milliseconds and fills in defaults', () => {
    const [parsed] = ofKind(parse(virtualService).resources, 'VirtualService');
    const rule = parsed?.spec.http[0];
    expect(rule?.timeout).toBe(90_000);
    expect(rule?.retries).toEqual({ attempts: 3, perTryTimeout: 500 });
    expect(rule?.match[0]).toMatchObject({ headers: { 'x-user': {} }, ignoreUriCase: false, gateways: [] });
    expect(parsed?.spec.gateways).toEqual([]);
  });

  it('reads both ways of writing a percentage; without one, nothing is hit', () => {
    const [parsed] = ofKind(parse(virtualService).resources, 'VirtualService');
    const fault = parsed?.spec.http[0]?.fault;
    expect(fault?.delay && faultPercentage(fault.delay)).toBe(10);
    expect(fault?.abort && faultPercentage(fault.abort)).toBe(0);
    expect(faultPercentage({ percentage: { value: 0.5 } })).toBe(0.5);
  });

  it('puts objects without namespace into the given one, and Namespaces into none', () => {
    const { resources } = parse(
      'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n',
    );
    expect(resources.map(({ metadata }) => metadata.namespace)).toEqual(['shop', '']);
  });

  it('takes a field without value for absent', () => {
    const { resources, diagnostics } = parse(
      'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\nspec:\n',
    );
    expect(diagnostics).toEqual([]);
    expect(resources).toHaveLength(1);
  });

  it('hands valid but unsupported kinds on', () => {
    const { unsupported } = parse(
      'apiVersion: networking.istio.io/v1\nkind: WorkloadGroup\nmetadata: {name: a, namespace: other}\nspec: {template: {}}\n',
    );
    expect(unsupported).toMatchObject([
      { kind: 'WorkloadGroup', metadata: { name: 'a', namespace: 'other' } },
    ]);
  });
});
