import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const object = (apiVersion: string, kind: string, fields: string, name = 'x') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: "${name}"}\n${fields}`;
const map = (fields: string, metadata = 'name: x') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {${metadata}}\n${fields}`;
const secret = (type: string, data = '') => object('v1', 'Secret', `type: ${type}\n${data}`);
const rbac = (kind: string, fields: string, name = 'x') =>
  object('rbac.authorization.k8s.io/v1', kind, fields, name);
const role = 'roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}';

const SCHEMA = 'spec.versions[0].schema.openAPIV3Schema.properties';
const definition = (scope: string, properties: string) =>
  object(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    `spec: {group: b.c, scope: ${scope}, names: {plural: as, kind: A}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: ${properties}}}}]}`,
    'as.b.c',
  );

describe('refused:', () => {
  it.each([
    [
      'a key that is no file',
      map('data: {"a/b": c}'),
      [/^data\[a\/b\]: Invalid value: "a\/b": a valid config key/],
    ],
    ['a key that leads up', map('data: {"..": c}'), [`data[..]: Invalid value: "..": must not be '..'`]],
    [
      'a key in both maps',
      map('data: {a: b}\nbinaryData: {a: Yg==}'),
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'a certificate without its key',
      secret('kubernetes.io/tls', 'data: {tls.crt: ""}'),
      ['data[tls.key]: Required value'],
    ],
    [
      'a registry without its configuration',
      secret('kubernetes.io/dockerconfigjson'),
      ['data[.dockerconfigjson]: Required value'],
    ],
    [
      'no name and no password',
      secret('kubernetes.io/basic-auth'),
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    [
      'a claim of nothing',
      object('v1', 'PersistentVolumeClaim', 'spec: {}'),
      [
        'spec.accessModes: Required value: at least 1 access mode is required',
        'spec.resources[storage]: Required value',
      ],
    ],
    [
      'a mode that is none',
      object(
        'v1',
        'PersistentVolumeClaim',
        'spec: {accessModes: [Any], resources: {requests: {storage: 1Gi}}}',
      ),
      [
        'spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      'a rule without verbs',
      rbac('Role', 'rules: [{apiGroups: [""], resources: [pods], verbs: []}]'),
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    [
      'a rule of paths in a namespace',
      rbac('Role', 'rules: [{nonResourceURLs: [/x], verbs: [get]}]'),
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
    [
      'a role for the whole cluster',
      rbac('ClusterRoleBinding', role),
      ['roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'],
    ],
    [
      'a subject that is none',
      rbac('RoleBinding', `${role}\nsubjects: [{kind: Pod, name: p}]`),
      ['subjects[0].kind: Unsupported value: "Pod": supported values: "ServiceAccount", "User", "Group"'],
    ],
    [
      'more at least than at most',
      object(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        'spec: {scaleTargetRef: {kind: Deployment, name: d, apiVersion: apps/v1}, minReplicas: 3, maxReplicas: 2}',
      ),
      ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
    ],
    [
      'a budget of both kinds',
      object('policy/v1', 'PodDisruptionBudget', 'spec: {minAvailable: 1, maxUnavailable: 1}'),
      [/^spec: Invalid value: \{.*\}: minAvailable and maxUnavailable cannot be both set$/],
    ],
    [
      'a peer that is nobody',
      object('networking.k8s.io/v1', 'NetworkPolicy', 'spec: {podSelector: {}, ingress: [{from: [{}]}]}'),
      ['spec.ingress[0].from[0]: Required value: must specify a peer'],
    ],
    [
      'an end before the beginning',
      object(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        'spec: {podSelector: {}, ingress: [{ports: [{port: 9, endPort: 8}]}]}',
      ),
      ['spec.ingress[0].ports[0].endPort: Invalid value: 9: must be greater than or equal to `port`'],
    ],
    [
      'an Ingress that leads nowhere',
      object('networking.k8s.io/v1', 'Ingress', 'spec: {}'),
      ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'a relative path',
      object(
        'networking.k8s.io/v1',
        'Ingress',
        'spec: {rules: [{http: {paths: [{path: a, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]}',
      ),
      ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path'],
    ],
    [
      'a part of a range that is elsewhere',
      object(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        'spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 11.0.0.0/16, 10.0.0.0/8]}}]}]}',
      ),
      [
        'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      ],
    ],
    [
      'a volume that is nowhere',
      object('v1', 'PersistentVolume', 'spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce]}'),
      ['spec: Required value: must specify a volume type'],
    ],
    [
      'a volume in two places',
      object(
        'v1',
        'PersistentVolume',
        'spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /a}, nfs: {server: a, path: /b}}',
      ),
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a quota of what nobody counts, and of parts',
      object(
        'v1',
        'ResourceQuota',
        'spec: {hard: {podz: "1", pods: "1.5", requests.cpu: 500m, count/a.b: "1"}}',
      ),
      [
        'spec.hard[podz]: Invalid value: "podz": must be a standard resource type or fully qualified',
        'spec.hard[podz]: Invalid value: "podz": must be a standard resource for quotas',
        'spec.hard[pods]: Invalid value: "1.5": must be an integer',
      ],
    ],
    [
      'limits of nothing, and the wrong way round',
      object(
        'v1',
        'LimitRange',
        'spec: {limits: [{type: container}, {type: Pod, min: {cpu: "2"}, max: {cpu: "1"}}]}',
      ),
      [
        'spec.limits[0].type: Invalid value: "container": must be a standard limit type or fully qualified',
        'spec.limits[1].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      ],
    ],
    [
      'a definition with a wrong scope, default, pattern and reference',
      definition(
        'Everywhere',
        '{a: {type: string, default: 3}, b: {type: string, pattern: "("}, c: {type: object, $ref: x}}',
      ),
      [
        'spec.scope: Unsupported value: "Everywhere": supported values: "Cluster", "Namespaced"',
        `${SCHEMA}[a].default: Invalid value: "integer":  in body must be of type string: "integer"`,
        `${SCHEMA}[b].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
        `${SCHEMA}[c].$ref: Forbidden: $ref is not supported`,
      ],
    ],
    [
      'a lease of no time',
      object('coordination.k8s.io/v1', 'Lease', 'spec: {leaseDurationSeconds: 0}'),
      ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    ],
    [
      "an event of another namespace's object",
      object('v1', 'Event', 'involvedObject: {namespace: other, kind: Pod, name: p}'),
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [
      'a priority too high',
      object('scheduling.k8s.io/v1', 'PriorityClass', 'value: 1000000001'),
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
  ])('%s', async (_, manifest, causes) => {
    expect(await kindsApi().causes(manifest)).toEqual(
      causes.map((cause) => (typeof cause === 'string' ? cause : expect.stringMatching(cause))),
    );
  });
});

describe('what exists', () => {
  it.each([
    [
      "a frozen ConfigMap's data",
      map('immutable: true\ndata: {a: b}'),
      map('immutable: true\ndata: {a: c}'),
      ['data: Forbidden: field is immutable when `immutable` is set'],
    ],
    [
      "a Secret's type",
      secret('Opaque'),
      secret('example.com/mine'),
      ['type: Invalid value: "example.com/mine": field is immutable'],
    ],
    [
      "a class's provisioner, parameters and mode",
      object('storage.k8s.io/v1', 'StorageClass', 'provisioner: a/b\nvolumeBindingMode: Immediate'),
      object(
        'storage.k8s.io/v1',
        'StorageClass',
        'provisioner: a/c\nparameters: {d: e}\nvolumeBindingMode: WaitForFirstConsumer',
      ),
      [
        'parameters: Forbidden: updates to parameters are forbidden.',
        'provisioner: Forbidden: updates to provisioner are forbidden.',
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
      ],
    ],
    [
      "a binding's role",
      rbac('RoleBinding', role),
      rbac('RoleBinding', role.replace('name: r', 'name: s')),
      [
        'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"s"}: cannot change roleRef',
      ],
    ],
    [
      "a claim's class",
      object(
        'v1',
        'PersistentVolumeClaim',
        'spec: {accessModes: [ReadWriteOnce], storageClassName: a, resources: {requests: {storage: 1Gi}}}',
      ),
      object(
        'v1',
        'PersistentVolumeClaim',
        'spec: {accessModes: [ReadWriteOnce], storageClassName: b, resources: {requests: {storage: 1Gi}}}',
      ),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    ],
  ])('%s stays', async (_, first, second, causes) => {
    const server = kindsApi();
    await server.create(first);
    expect(await server.causes(second, 'replace')).toEqual(causes);
  });
});

it("a Secret's text is kept in base64, and wins", async () => {
  const { object: stored } = await kindsApi().create(
    secret('Opaque', 'data: {a: eA==}\nstringData: {a: y, b: "é"}'),
  );
  expect(stored['data']).toEqual({ a: 'eQ==', b: 'w6k=' });
  expect(stored).not.toHaveProperty('stringData');
});

it('a Namespace has its finalizer and its name for a label', async () => {
  const { object: stored } = await kindsApi().create(object('v1', 'Namespace', '', 'shop'));
  expect(stored).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'shop' } },
    spec: { finalizers: ['kubernetes'] },
  });
});

it('an object of more than 1.5 MiB is refused', async () => {
  const server = kindsApi();
  const secrets = Array.from({ length: 80_000 }, () => ({ name: 'a-name-of-some-length' }));
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'x' }, secrets };
  await expect(server.create(account)).rejects.toMatchObject({
    code: 413,
    message: 'Request entity too large: limit is 1572864',
  });
});
