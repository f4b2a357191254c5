import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const pod = (containers: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [${containers}]${more}}`;
const c = (fields = '') => `{name: c, image: i${fields === '' ? '' : `, ${fields}`}}`;
const C = 'spec.containers[0]';
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('a pod with', () => {
  it.each([
    [
      'no containers',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {}',
      ['spec.containers: Required value'],
    ],
    ['a container without an image', pod('{name: c}'), [`${C}.image: Required value`]],
    ['a container without a name', pod('{image: i}'), [`${C}.name: Required value`]],
    [
      'a container named as a path',
      pod('{name: ../../../x, image: i}'),
      [`${C}.name: Invalid value: "../../../x": ${label}`],
    ],
    [
      'a container with a capital',
      pod('{name: C_1, image: i}'),
      [`${C}.name: Invalid value: "C_1": ${label}`],
    ],
    [
      'a container with a dot',
      pod('{name: a.b, image: i}'),
      [`${C}.name: Invalid value: "a.b": must not contain dots`],
    ],
    ['two containers of one name', pod(`${c()}, ${c()}`), ['spec.containers[1].name: Duplicate value: "c"']],
    [
      'an init container of the same name',
      pod(c(), `, initContainers: [${c()}]`),
      ['spec.initContainers[0].name: Duplicate value: "c"'],
    ],
    [
      'an init container that is probed',
      pod(c(), ', initContainers: [{name: i, image: i, livenessProbe: {exec: {command: [a]}}}]'),
      [
        'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    ['a port of 0', pod(c('ports: [{containerPort: 0}]')), [`${C}.ports[0].containerPort: Required value`]],
    [
      'a port of 70000',
      pod(c('ports: [{containerPort: 70000}]')),
      [`${C}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`],
    ],
    [
      'two ports of one name',
      pod(c('ports: [{name: a, containerPort: 1}, {name: a, containerPort: 2}]')),
      [`${C}.ports[1].name: Duplicate value: "a"`],
    ],
    [
      'a port whose name is long',
      pod(c('ports: [{name: a-very-long-name, containerPort: 1}]')),
      [`${C}.ports[0].name: Invalid value: "a-very-long-name": must be no more than 15 characters`],
    ],
    [
      'one port of the host twice',
      pod(
        `${c('ports: [{containerPort: 1, hostPort: 80}]')}, {name: d, image: i, ports: [{containerPort: 2, hostPort: 80}]}`,
      ),
      ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      'a protocol that is none',
      pod(c('ports: [{containerPort: 1, protocol: tcp}]')),
      [`${C}.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"`],
    ],
    [
      'a variable with an equals sign',
      pod(c('env: [{name: "1=A", value: x}]')),
      [
        `${C}.env[0].name: Invalid value: "1=A": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    ],
    [
      'a variable with both kinds of value',
      pod(c('env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]')),
      [`${C}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    ],
    [
      'a variable from nowhere',
      pod(c('env: [{name: A, valueFrom: {}}]')),
      [
        `${C}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
      ],
    ],
    [
      'a variable from two places',
      pod(
        c(
          'env: [{name: A, valueFrom: {configMapKeyRef: {name: m, key: k}, secretKeyRef: {name: s, key: k}}}]',
        ),
      ),
      [`${C}.env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time`],
    ],
    [
      'a variable from an unknown field',
      pod(c('env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.image}}}]')),
      [
        `${C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.image": error converting fieldPath: field label not supported: spec.image`,
      ],
    ],
    [
      'a variable with all labels',
      pod(c('env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.labels}}}]')),
      [
        `${C}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    ],
    [
      'an image between spaces',
      pod('{name: c, image: " i "}'),
      [`${C}.image: Invalid value: " i ": must not have leading or trailing whitespace`],
    ],
    [
      "another port on its host's network",
      pod(c('ports: [{containerPort: 1, hostPort: 2}]'), ', hostNetwork: true'),
      [`${C}.ports[0].hostPort: Invalid value: 2: must match \`containerPort\` when \`hostNetwork\` is true`],
    ],
    [
      'a profile of the node without a name',
      pod(c(), ', securityContext: {seccompProfile: {type: Localhost}}'),
      [
        'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
      ],
    ],
    [
      'ephemeral containers',
      pod(c(), ', ephemeralContainers: [{name: e, image: i}]'),
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'variables from nowhere',
      pod(c('envFrom: [{prefix: A}]')),
      [`${C}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``],
    ],
    [
      'a mount of no volume',
      pod(c('volumeMounts: [{name: nope, mountPath: /x}]')),
      [`${C}.volumeMounts[0].name: Not found: "nope"`],
    ],
    [
      'one path mounted twice',
      pod(
        c('volumeMounts: [{name: v, mountPath: /x}, {name: v, mountPath: /x}]'),
        ', volumes: [{name: v, emptyDir: {}}]',
      ),
      [`${C}.volumeMounts[1].mountPath: Invalid value: "/x": must be unique`],
    ],
    [
      'a subPath that leads out',
      pod(
        c('volumeMounts: [{name: v, mountPath: /x, subPath: a/../..}]'),
        ', volumes: [{name: v, emptyDir: {}}]',
      ),
      [`${C}.volumeMounts.subPath: Invalid value: "a/../..": must not contain '..'`],
    ],
    [
      'an absolute subPath',
      pod(c('volumeMounts: [{name: v, mountPath: /x, subPath: /a}]'), ', volumes: [{name: v, emptyDir: {}}]'),
      [`${C}.volumeMounts.subPath: Invalid value: "/a": must be a relative path`],
    ],
    [
      'a volume of two kinds',
      pod(c(), ', volumes: [{name: v, emptyDir: {}, configMap: {name: m}}]'),
      ['spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'two volumes of one name',
      pod(c(), ', volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]'),
      ['spec.volumes[1].name: Duplicate value: "v"'],
    ],
    [
      'a file of a ConfigMap that leads out',
      pod(c(), ', volumes: [{name: v, configMap: {name: m, items: [{key: k, path: ../x}]}}]'),
      [`spec.volumes[0].configMap.items[0].path: Invalid value: "../x": must not contain '..'`],
    ],
    [
      'a hostPath that leads up',
      pod(c(), ', volumes: [{name: v, hostPath: {path: /a/../..}}]'),
      [`spec.volumes[0].hostPath.path: Invalid value: "/a/../..": must not contain '..'`],
    ],
    [
      'a probe with two handlers',
      pod(c('readinessProbe: {httpGet: {path: /, port: 1}, tcpSocket: {port: 1}}')),
      [`${C}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    [
      'a probe without a handler',
      pod(c('readinessProbe: {periodSeconds: 1}')),
      [`${C}.readinessProbe: Required value: must specify a handler type`],
    ],
    [
      'a probe of port 0',
      pod(c('startupProbe: {grpc: {port: 0}}')),
      [`${C}.startupProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive`],
    ],
    [
      'a liveness probe that must succeed twice',
      pod(c('livenessProbe: {successThreshold: 2, exec: {command: [a]}}')),
      [`${C}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    [
      'a negative delay',
      pod(c('livenessProbe: {initialDelaySeconds: -1, exec: {command: [a]}}')),
      [`${C}.livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0`],
    ],
    [
      'a sleep longer than its end',
      pod(c('lifecycle: {preStop: {sleep: {seconds: 31}}}')),
      [
        `${C}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      ],
    ],
    [
      'more requested than allowed',
      pod(c('resources: {requests: {cpu: "1"}, limits: {cpu: 100m}}')),
      [`${C}.resources.requests: Invalid value: "1": must be less than or equal to cpu limit of 100m`],
    ],
    [
      'a resource that is none',
      pod(c('resources: {limits: {cpus: "1"}}')),
      [
        `${C}.resources.limits[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified`,
        `${C}.resources.limits[cpus]: Invalid value: "cpus": must be a standard resource for containers`,
        `${C}.resources.requests[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified`,
        `${C}.resources.requests[cpus]: Invalid value: "cpus": must be a standard resource for containers`,
      ],
    ],
    [
      'a negative amount',
      pod(c('resources: {requests: {memory: -1Mi}}')),
      [`${C}.resources.requests[memory]: Invalid value: "-1Mi": must be greater than or equal to 0`],
    ],
    [
      'a policy that is none',
      pod(c('imagePullPolicy: Sometimes')),
      [
        `${C}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
      ],
    ],
    [
      'an address that is none',
      pod(c(), ', hostAliases: [{ip: 1.2.3, hostnames: [a]}]'),
      [
        'spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'privileges that it may not gain',
      pod(c('securityContext: {privileged: true, allowPrivilegeEscalation: false}')),
      [
        `${C}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    ],
    [
      'a user below zero',
      pod(c('securityContext: {runAsUser: -1}')),
      [`${C}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`],
    ],
    [
      'no time to run',
      pod(c(), ', activeDeadlineSeconds: 0'),
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
  ])('%s is refused', async (_, manifest, causes) => {
    expect(await kindsApi().causes(manifest)).toEqual(causes);
  });
});

it('a pod that exists gets another image, and nothing else', async () => {
  const server = kindsApi();
  await server.create(pod(c()));
  expect(await server.causes(pod('{name: c, image: j}'), 'replace')).toEqual([]);
  const [cause] = await server.causes(pod(c('command: [a]')), 'replace');
  expect(cause).toMatch(
    /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,.*\nchanged: containers$/s,
  );
  expect(await server.causes(pod(`${c()}, {name: d, image: i}`), 'replace')).toEqual([
    'spec.containers: Forbidden: pod updates may not add or remove containers',
  ]);
});

it('a pod takes defaults from other values', async () => {
  const ports = 'ports: [{containerPort: 80}]';
  const { object } = await kindsApi().create(
    pod(
      c(`resources: {limits: {cpu: "1"}, requests: {memory: 1Mi}}, ${ports}`),
      ', hostNetwork: true, volumes: [{name: v}]',
    ),
  );
  expect(object['spec']).toMatchObject({
    containers: [{ resources: { requests: { cpu: '1', memory: '1Mi' } }, ports: [{ hostPort: 80 }] }],
    volumes: [{ name: 'v', emptyDir: {} }],
  });
});
