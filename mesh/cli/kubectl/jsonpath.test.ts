import { describe, expect, it } from 'vitest';
import { evaluateTemplate } from '#mesh/cli/kubectl/jsonpath.ts';

const pod = {
  kind: 'Pod',
  metadata: { name: 'a', labels: { app: 'web', 'app.kubernetes.io/name': 'nm' } },
  spec: {
    containers: [
      {
        name: 'c1',
        image: 'i1',
        ports: [
          { name: 'http', containerPort: 80 },
          { name: 'http2', containerPort: 81 },
        ],
      },
      { name: 'c2', image: 'i2' },
    ],
  },
};

/** Each answer is what kubectl 1.32 prints for the same template and object. */
const cases: readonly (readonly [template: string, printed: string])[] = [
  ['{.metadata.name}', 'a'],
  ['.metadata.name', '.metadata.name'],
  ['name={.metadata.name}, kind={.kind}', 'name=a, kind=Pod'],
  ['{.metadata.labels.app\\.kubernetes\\.io/name}', 'nm'],
  ["{.metadata.labels['app\\.kubernetes\\.io/name']}", 'nm'],
  ['{.metadata.labels}', '{"app":"web","app.kubernetes.io/name":"nm"}'],
  ['{.spec.containers[*].name}', 'c1 c2'],
  ['{.spec.containers[-1].name}', 'c2'],
  ['{.spec.containers[0,1].name}', 'c1 c2'],
  ['{.spec..containerPort}', '80 81'],
  ['{.spec.containers[0].ports[?(@.name=="http2")].containerPort}', '81'],
  ["{.spec.containers[?(@.name!='c2')].image}", 'i1'],
  ['{.spec.containers[0].ports[?(@.containerPort>80)].name}', 'http2'],
  ['{.spec.containers[0].ports}', '[{"containerPort":80,"name":"http"},{"containerPort":81,"name":"http2"}]'],
  ['{range .spec.containers[*]}{.name}{"\\t"}{.image}{"\\n"}{end}', 'c1\ti1\nc2\ti2\n'],
  ['{range .spec.containers[*]}{.name}: {range .ports[*]}{.containerPort},{end}{end}', 'c1: 80,81,c2: '],
  ['{.nope.nothing}', ''],
  ['{$.kind} {@.kind}', 'Pod Pod'],
];

describe('evaluateTemplate', () => {
  it.each(cases)('%s', (template, printed) => {
    expect(evaluateTemplate(template, pod)).toBe(printed);
  });

  it.each([
    ['{.metadata.name', 'unclosed action'],
    ['{range .items[*]}x', '{range} without {end}'],
    ['x{end}', '{end} without {range}'],
    ['{.spec.containers[?(@.name==)]}', 'error parsing jsonpath'],
  ])('%s is refused', (template, reason) => {
    expect(() => evaluateTemplate(template, pod)).toThrow(reason);
  });
});
