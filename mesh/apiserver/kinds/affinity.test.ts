import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const pod = (affinity: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}], affinity: ${affinity}}}`;

describe('a pod that wants', () => {
  it.each([
    [
      'a neighbour without a place and a weight without bounds',
      pod(
        '{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, podAffinityTerm: {topologyKey: ""}}]}}',
      ),
      [
        'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
        'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Required value: can not be empty',
        'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Invalid value: "": name part must be non-empty',
        expect.stringMatching(/topologyKey: Invalid value: "": name part must consist/),
      ],
    ],
    [
      'no terms for its node',
      pod('{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}'),
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      'terms for its node that nobody can read',
      pod(
        '{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Is}, {key: a, operator: In}, {key: a, operator: Exists, values: [b]}, {key: a, operator: Gt}]}]}}}',
      ),
      [
        /\[0\]\.operator: Invalid value: "Is": not a valid selector operator$/,
        /\[1\]\.values: Required value: must be specified when `operator` is 'In' or 'NotIn'$/,
        /\[2\]\.values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'$/,
        /\[3\]\.values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'$/,
      ].map((pattern) => expect.stringMatching(pattern)),
    ],
  ])('%s is refused', async (_, manifest, causes) => {
    expect(await kindsApi().causes(manifest)).toEqual(causes);
  });
});
