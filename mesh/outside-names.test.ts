import { expect, it } from 'vitest';
import { parseLabelSelector } from '#mesh/apiserver/selector.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import { translate } from '#mesh/istiod/translate.ts';
import { environmentOf, fieldValue } from '#mesh/kubelet/pods/environment.ts';
import { place } from '#mesh/testing/place.ts';
import { TRAP, withTrap } from '#mesh/testing/prototype-trap.ts';

/** Every free name of these manifests is NAME. */
const MANIFEST = `
apiVersion: v1
kind: Namespace
metadata: {name: NAME}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME, namespace: NAME, labels: {NAME: NAME}, annotations: {NAME: NAME}}
data: {NAME: NAME}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: NAME, namespace: NAME}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: NAME, labels: {NAME: NAME}}
spec:
  selector: {matchLabels: {NAME: NAME}}
  template:
    metadata: {labels: {NAME: NAME}, annotations: {NAME: NAME}}
    spec:
      serviceAccountName: NAME
      containers:
      - name: NAME
        image: NAME
        ports: [{name: NAME, containerPort: 80}]
        envFrom: [{configMapRef: {name: NAME}}]
        env:
        - {name: NAME, value: $(NAME) $(OTHER)}
        - {name: FIELD, valueFrom: {fieldRef: {fieldPath: "metadata.labels['NAME']"}}}
        - {name: KEY, valueFrom: {configMapKeyRef: {name: NAME, key: NAME}}}
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: NAME}
spec:
  selector: {NAME: NAME}
  ports: [{name: http-NAME, port: 80, targetPort: NAME}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: NAME, namespace: NAME}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: NAME, protocol: HTTP}, hosts: [NAME.example]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: NAME, namespace: NAME}
spec:
  hosts: [NAME, NAME.example]
  gateways: [mesh, NAME]
  http:
  - name: NAME
    match: [{headers: {NAME: {exact: NAME}}, queryParams: {NAME: {exact: NAME}}, sourceLabels: {NAME: NAME}}]
    headers: {request: {set: {NAME: NAME}, add: {NAME: NAME}, remove: [NAME]}}
    route: [{destination: {host: NAME, subset: NAME, port: {number: 80}}}]
  - route: [{destination: {host: NAME, subset: SUBSET, port: {number: 80}}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: NAME, namespace: NAME}
spec:
  host: NAME
  subsets: [{name: NAME, labels: {NAME: NAME}}, {name: SUBSET, labels: {NAME: LABEL}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: NAME, namespace: NAME}
spec:
  selector: {matchLabels: {NAME: NAME}}
  rules:
  - from: [{source: {namespaces: [NAME], principals: [cluster.local/ns/NAME/sa/NAME]}}]
    when: [{key: "request.headers[NAME]", values: [NAME]}, {key: "request.auth.claims[NAME]", values: [NAME]}]
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: NAME, namespace: NAME}
spec:
  tracing: [{customTags: {NAME: {literal: {value: NAME}}}}]
  metrics: [{overrides: [{tagOverrides: {NAME: {value: NAME}}}]}]
`;

const named = (name: string, label = name, subset = 'other') =>
  MANIFEST.replaceAll('NAME', name).replaceAll('LABEL', label).replaceAll('SUBSET', subset);

function translated(text: string) {
  return translate([{ file: 'test.yaml', text }], { namespace: 'default', place });
}

it.each([
  [TRAP, 'trip'],
  ['constructor', 'constructed'],
  ['tostring', 'tostrong'],
])('%s is a name as any other', (name, other) => {
  const plain = translated(named(other));
  expect(plain.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(Object.keys(plain.configurations)).toHaveLength(2);
  const { diagnostics, configurations } = withTrap(() => translated(named(name)));
  expect(diagnostics.map(({ code }) => code)).toEqual(plain.diagnostics.map(({ code }) => code));
  // The same configuration, but for the name; some texts hold it encoded.
  const shape = (value: unknown) =>
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? '' : inner));
  expect(shape(configurations).replaceAll(name, other)).toBe(shape(plain.configurations));
});

it.each([
  ['a label that nobody has', named(TRAP, 'production')],
  ['an unknown field', named(TRAP).replace('spec:', 'trap: 1\nspec:')],
  ['an unknown kind', 'apiVersion: v1\nkind: trap\nmetadata: {name: trap}\n'],
  ['an unknown subset', named('web', 'web', TRAP).replace('{name: trap, labels', '{name: x, labels')],
  ['an unknown account', named(TRAP).replace('sa/trap', 'sa/tramp')],
  ['an unknown port', named(TRAP).replace('targetPort: trap', 'targetPort: tramp')],
  ['an appProtocol', named(TRAP).replace('port: 80, targetPort', 'port: 80, appProtocol: trap, targetPort')],
])('a mistake with such names is reported as any: %s', (_what, text) => {
  expect(() => withTrap(() => translated(text))).not.toThrow();
  expect(translated(text).diagnostics).not.toEqual([]);
});

it('a pod gets its variables, and is found by its labels', () => {
  withTrap(() => {
    const { documents } = loadManifest({ file: 'test.yaml', text: named(TRAP) });
    const { resources } = parseResources(documents, { namespace: 'default' });
    const [container] = ofKind(resources, 'Deployment')[0]?.spec.template.spec.containers ?? [];
    if (!container) throw new Error('no container');
    const labels = { [TRAP]: TRAP };
    const pod = {
      ...{ name: 'p', namespace: TRAP, uid: 'u', labels, annotations: {} },
      serviceAccount: 'a',
      address: '',
    };
    const env = environmentOf({ container, resources, pod, serviceVariables: {} });
    expect(Object.entries(env)).toEqual([
      ['trap', 'trap $(OTHER)'],
      ['FIELD', 'trap'],
      ['KEY', 'trap'],
    ]);
    const lone = environmentOf({
      container: { ...container, envFrom: [] },
      resources,
      pod,
      serviceVariables: {},
    });
    expect(lone['FIELD']).toBe('trap');
    expect(fieldValue("metadata.annotations['trap']", pod)).toBe('');
    expect(fieldValue(TRAP, pod)).toBeUndefined();
    for (const [selector, matches] of [
      [TRAP, false],
      [`!${TRAP}`, true],
      [`${TRAP}=x`, false],
      [`${TRAP}!=x`, true],
      [`${TRAP} in (x)`, false],
    ] as const)
      expect(parseLabelSelector(selector)({})).toBe(matches);
  });
});
