import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const pod = (containers: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [${containers}]}`;
const c = (fields: string) => `{name: c, image: i, ${fields}}`;
const C = 'spec.containers[0]';

describe('what is taken with a warning:', () => {
  it.each([
    [
      'a variable twice',
      c('env: [{name: A, value: x}, {name: A, value: y}]'),
      [`${C}.env[1]: hides previous definition of "A", which may be dropped when using apply`],
    ],
    ['a variable that adds to itself', c('env: [{name: A, value: x}, {name: A, value: "$(A)y"}]'), []],
    [
      'a port twice',
      c('ports: [{containerPort: 1}, {containerPort: 1}]'),
      [`${C}.ports[1]: duplicate port definition with ${C}.ports[0]`],
    ],
    ['a port of two protocols', c('ports: [{containerPort: 1}, {containerPort: 1, protocol: UDP}]'), []],
    [
      'a port in two containers',
      `${c('ports: [{containerPort: 1}]')}, {name: d, image: i, ports: [{containerPort: 1}]}`,
      [`spec.containers[1].ports[0]: duplicate port definition with ${C}.ports[0]`],
    ],
    [
      'a part of a byte',
      c('resources: {requests: {memory: 100m}}'),
      [`${C}.resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer`],
    ],
  ])('%s', async (_, containers, warnings) => {
    expect((await kindsApi().create(pod(containers))).warnings).toEqual(warnings);
  });
});
