import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const template = (labels = '{app: d}', spec = '{containers: [{name: c, image: i}]}') =>
  `template: {metadata: {labels: ${labels}}, spec: ${spec}}`;
const workload = (
  kind: string,
  more = '',
  pods = template(),
  selector = 'selector: {matchLabels: {app: d}}, ',
) => `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: d}\nspec: {${selector}${more}${pods}}`;
const job = (more = '', pods = template('{}', '{restartPolicy: Never, containers: [{name: c, image: i}]}')) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {${more}${pods}}`;
const cron = (schedule: string, more = '') =>
  `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {schedule: "${schedule}", ${more}jobTemplate: {spec: {${template('{}', '{restartPolicy: Never, containers: [{name: c, image: i}]}')}}}}`;

describe('a workload with', () => {
  it.each([
    ['no selector', workload('Deployment', '', template(), ''), ['spec.selector: Required value']],
    [
      'an empty selector',
      workload('DaemonSet', '', template(), 'selector: {}, '),
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'claims that are kept somehow',
      workload('StatefulSet', 'persistentVolumeClaimRetentionPolicy: {whenScaled: Maybe}, '),
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Maybe": supported values: "Delete", "Retain"',
      ],
    ],
    [
      "a selector that doesn't select its pods",
      workload('Deployment', '', template('{app: x}')),
      [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'an operator that is none',
      workload(
        'ReplicaSet',
        '',
        template(),
        'selector: {matchExpressions: [{key: app, operator: Is, values: [d]}]}, ',
      ),
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'fewer than no replicas',
      workload('Deployment', 'replicas: -1, '),
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'a label that is none',
      workload('Deployment', '', template('{app: d, x: "not valid!"}')),
      [
        `spec.template.metadata.labels: Invalid value: "not valid!": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
    ],
    [
      'a label of a bad key',
      workload('Deployment', '', template('{app: d, "-bad-": x}')),
      [
        `spec.template.metadata.labels: Invalid value: "-bad-": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      ],
    ],
    [
      'two strategies',
      workload('Deployment', 'strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}, '),
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'no way to roll',
      workload('Deployment', 'strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}, '),
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    [
      'a deadline before it can be met',
      workload('Deployment', 'progressDeadlineSeconds: 5, minReadySeconds: 5, '),
      ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds'],
    ],
    [
      'pods that end',
      workload(
        'StatefulSet',
        '',
        template('{app: d}', '{restartPolicy: Never, containers: [{name: c, image: i}]}'),
      ),
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      'pods of an order that is none',
      workload('StatefulSet', 'podManagementPolicy: Any, '),
      [`spec.podManagementPolicy: Invalid value: "Any": must be 'OrderedReady' or 'Parallel'`],
    ],
    [
      'both ways to roll',
      workload('DaemonSet', 'updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}, '),
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'a Job that never ends',
      job('', template('{}')),
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'a Job with an index and no end',
      job('completionMode: Indexed, parallelism: 2, '),
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      "a Job's label that is another's",
      job('', template('{job-name: x}', '{restartPolicy: Never, containers: [{name: c, image: i}]}')),
      [`spec.template.metadata.labels[job-name]: Invalid value: {"job-name":"x"`],
    ],
    [
      'four fields of time',
      cron('* * * *'),
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    ],
    [
      'a minute too many',
      cron('0-60 * * * *'),
      ['spec.schedule: Invalid value: "0-60 * * * *": end of range (60) above maximum (59): 0-60'],
    ],
    [
      'a zone that is none',
      cron('0 0 * * mon', 'timeZone: Europe/Nowhere, '),
      ['spec.timeZone: Invalid value: "Europe/Nowhere": unknown time zone Europe/Nowhere'],
    ],
  ])('%s is refused', async (_, manifest, causes) => {
    const found = await kindsApi().causes(manifest);
    expect(found.map((cause, index) => cause.slice(0, causes[index]?.length))).toEqual(causes);
  });
});

it.each(['*/5 * * * *', '0 0 1,15 jan-mar *', '@hourly', '@every 1h30m', '0 22 * * 1-5'])(
  'the schedule %s is right',
  async (schedule) => {
    expect(await kindsApi().causes(cron(schedule))).toEqual([]);
  },
);

describe('what exists', () => {
  it('stays in its namespace', async () => {
    const server = kindsApi();
    await server.create(workload('Deployment'));
    const type = server.kinds.types.ofKind('apps/v1', 'Deployment');
    const moved = (object: KubernetesObject) => ({
      ...object,
      metadata: { ...object.metadata, namespace: 'elsewhere' },
    });
    const [stored] = server.api.store.list('deployments.apps');
    const key = { namespace: 'default', name: stored?.metadata.name ?? '' };
    await expect(type && server.api.update(type, key, moved, { manager: 'test' })).rejects.toMatchObject({
      code: 400,
      message:
        'the namespace of the provided object does not match the namespace sent on the request (elsewhere and default)',
    });
  });

  it.each(['Deployment', 'ReplicaSet', 'DaemonSet'])("a %s's selector stays", async (kind) => {
    const server = kindsApi();
    await server.create(workload(kind, '', template('{app: d, x: y}')));
    const other = workload(kind, '', template('{app: d, x: y}'), 'selector: {matchLabels: {x: y}}, ');
    expect(await server.causes(other, 'replace')).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"x":"y"}}: field is immutable',
    ]);
  });

  it('a StatefulSet is scaled, and keeps its name for the network', async () => {
    const server = kindsApi();
    await server.create(workload('StatefulSet', 'serviceName: a, '));
    expect(await server.causes(workload('StatefulSet', 'serviceName: a, replicas: 3, '), 'replace')).toEqual(
      [],
    );
    const [cause] = await server.causes(workload('StatefulSet', 'serviceName: b, '), 'replace');
    expect(cause).toBe(
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    );
  });

  it("a StatefulSet's claims are volumes of its pods", async () => {
    const pods = template(
      '{app: d}',
      '{containers: [{name: c, image: i, volumeMounts: [{name: data, mountPath: /d}]}]}',
    );
    const claims =
      'volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}], ';
    expect(await kindsApi().causes(workload('StatefulSet', claims, pods))).toEqual([]);
    expect(await kindsApi().causes(workload('StatefulSet', '', pods))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"',
    ]);
  });
});

it('a Job selects its pods by its uid, and keeps their template', async () => {
  const server = kindsApi();
  const { object } = await server.create(job());
  const { uid } = object.metadata;
  expect(object['spec']).toMatchObject({
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
    template: {
      metadata: {
        labels: {
          'controller-uid': uid,
          'batch.kubernetes.io/controller-uid': uid,
          'job-name': 'j',
          'batch.kubernetes.io/job-name': 'j',
        },
      },
    },
  });
  const changed = structuredClone(object) as unknown as {
    spec: { parallelism: number; template: { spec: { containers: { image: string }[] } } };
  };
  changed.spec.parallelism = 2;
  expect(await server.causes(changed as never, 'replace')).toEqual([]);
  changed.spec.template.spec.containers = parse('[{name: c, image: other}]');
  const [cause] = await server.causes(changed as never, 'replace');
  expect(cause).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/);
});
