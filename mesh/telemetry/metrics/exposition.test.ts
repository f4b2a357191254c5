import { describe, expect, it } from 'vitest';
import { mergeExpositions, parseSamples } from '#mesh/telemetry/metrics/exposition.ts';

describe('parseSamples', () => {
  it('reads names, labels and values', () => {
    expect(parseSamples('# HELP a text\na 1\nb{x="1",y="a \\"b\\"\\n{c}"} +Inf 17000\n\n')).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '1', y: 'a "b"\n{c}' }, value: Infinity },
    ]);
  });
});

describe('mergeExpositions', () => {
  it('keeps the lines of a metric together, after one heading, and names the pod', () => {
    const one = '# TYPE a counter\na{x="1"} 1\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_count 2\n';
    const two = '# TYPE a counter\na 5\nlonely 7\n';
    expect(
      mergeExpositions([
        { text: one, labels: { pod: 'p"1' } },
        { text: two, labels: { pod: 'p2' } },
      ]),
    ).toBe(
      [
        '# TYPE a counter',
        'a{x="1",pod="p\\"1"} 1',
        'a{pod="p2"} 5',
        '# TYPE h histogram',
        'h_bucket{le="1",pod="p\\"1"} 2',
        'h_count{pod="p\\"1"} 2',
        'lonely{pod="p2"} 7',
        '',
      ].join('\n'),
    );
  });

  it("leaves a program's own label of the same name", () => {
    const merged = mergeExpositions([{ text: 'a{app="mine"} 1 17000', labels: { app: 'theirs' } }]);
    expect(merged).toBe('a{app="mine"} 1 17000\n');
  });
});
