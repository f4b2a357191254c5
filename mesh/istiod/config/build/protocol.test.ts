import { expect, it } from 'vitest';
import { selectProtocol } from '#mesh/istiod/config/build/protocol.ts';

it.each([
  [{ name: 'http-web' }, 'HTTP'],
  [{ name: 'HTTP' }, 'HTTP'],
  [{ name: 'grpc-web-v2' }, 'HTTP'],
  [{ name: 'grpc-web' }, 'HTTP'],
  [{ name: 'web' }, 'AUTO'],
  [{}, 'AUTO'],
  [{ name: 'httpweb' }, 'AUTO'],
  [{ name: 'tcp-web', appProtocol: 'http' }, 'HTTP'],
  // An unknown appProtocol hides the name.
  [{ name: 'http-web', appProtocol: 'nonsense' }, 'AUTO'],
  [{ name: 'web', appProtocol: 'kubernetes.io/wss' }, 'HTTPS'],
  [{ name: 'database', port: 3306 }, 'TCP'],
  [{ name: 'http', port: 3306 }, 'HTTP'],
  [{ protocol: 'http2' }, 'HTTP2'],
  [{ protocol: 'redis' }, 'TCP'],
] as const)('%j carries %s', (naming, protocol) => {
  expect(selectProtocol(naming)).toBe(protocol);
});
