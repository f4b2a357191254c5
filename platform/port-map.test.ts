import { expect, test } from 'vitest';
import { localPort, parsePortMap } from '#platform/port-map.ts';

test('a declared port becomes its local one, any other a free one', () => {
  const ports = parsePortMap('80:41233, 3000:41234');
  expect([80, 3000, 9080].map((port) => localPort(port, ports))).toEqual([41233, 41234, 0]);
  expect(localPort(80, undefined)).toBe(80);
});

test.each(['', '80', '80:', '80:70000', '80:1;81:2'])('%j is not a port map', (text) => {
  expect(parsePortMap(text)).toBeUndefined();
});
