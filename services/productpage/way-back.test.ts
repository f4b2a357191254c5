import { expect, test } from 'vitest';
import { wayBack } from '#services/productpage/way-back.ts';

const back = (referer?: string, host = 'localhost:8080') =>
  wayBack({ headers: { host, ...(referer === undefined ? {} : { referer }) } });

test.each([
  ['http://localhost:8080/', '/'],
  ['http://localhost:8080/productpage?u=normal', '/productpage?u=normal'],
  ['https://localhost:8080/productpage#x', '/productpage'],
  ['http://LOCALHOST:8080/a%0d%0ab', '/a%0d%0ab'],
])('%s is ours: %s', (referer, path) => {
  expect(back(referer)).toBe(path);
});

test('a default port may be left out', () => {
  expect(back('https://shop.example/a', 'shop.example:443')).toBe('/a');
});

test.each([
  undefined,
  '',
  'not a URL',
  'http://evil.example/productpage',
  'http://localhost:8081/x',
  'http://localhost:8080@evil.example/x',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://localhost:8080/login',
  'http://localhost:8080/logout',
])('%j leads to the product page', (referer) => {
  expect(back(referer)).toBe('/productpage');
});

test.each(['http://localhost:8080//evil.example/x', 'http://localhost:8080/\\evil.example/x'])(
  '%s does not name a host by its path',
  (referer) => {
    expect(back(referer)).toBe('/evil.example/x');
  },
);
