import { expect, test } from 'vitest';
import { container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import { type RunInput, runArguments } from '#mesh/kubelet/containers/run-arguments.ts';

const wayOut = { host: '172.17.0.1', options: ['--add-host', 'host:host-gateway'] };

function argumentsOf(fields: object, more: Partial<RunInput> = {}) {
  return runArguments({
    ...{ name: 'mesh101-cart', label: '/state', hostname: 'cart-1', wayOut, settings: {}, ports: [] },
    container: container.parse({ name: 'app', image: 'shop/cart:1', ...fields }),
    ...{ own: {}, runner: {}, ...more },
  });
}

test('an image alone keeps its own entry point and user', () => {
  const { args, env } = argumentsOf({});
  const named = ['--name', 'mesh101-cart', '--label', 'mesh101.mesh=/state', '--hostname', 'cart-1'];
  expect(args).toEqual(['run', '--rm', '--pull', 'never', ...named, ...wayOut.options, 'shop/cart:1']);
  expect(env).toEqual({});
});

test('publishes its ports on loopback, at the local ones that the sidecar knows', () => {
  const ports = [{ containerPort: 80, appPort: 24_001, inboundPort: 24_002 }];
  expect(argumentsOf({}, { ports }).args).toContain('127.0.0.1:24001:80');
});

test('values of variables are on no command line, but for those that would change what the client does', () => {
  const own = { PASSWORD: 'secret', DOCKER_HOST: 'tcp://other', PATH: '/opt/bin' };
  const { args, env } = argumentsOf({}, { own });
  expect(env).toEqual({ PASSWORD: 'secret' });
  expect(args.join(' ')).toContain('--env PASSWORD --env DOCKER_HOST=tcp://other --env PATH=/opt/bin');
});

test('what leads to this machine leads there from within; what is about its files and ports stays behind', () => {
  const runner = {
    ...{ HTTP_PROXY: 'http://127.0.0.1:24001', NO_PROXY: 'localhost,127.0.0.1', HOME: '/home/ann' },
    ...{ PORT_MAP: '80:1', HOST_MAP: 'db:1=127.0.0.1:2', SSL_CERT_FILE: '/state/trusted.crt' },
    VOLUME_MAP: '/data=/state/volumes/data\n/etc/app=/state/files=odd',
  };
  const volumeMounts = [{ name: 'files', mountPath: '/etc/app', readOnly: true }];
  const text = argumentsOf({ volumeMounts }, { runner }).args.join(' ');
  expect(text).toContain('--env HTTP_PROXY=http://172.17.0.1:24001');
  expect(text).toContain('--env NO_PROXY=localhost,127.0.0.1');
  expect(text).toContain('--volume /state/volumes/data:/data --volume /state/files=odd:/etc/app:ro');
  expect(text).toContain('--volume /state/trusted.crt:/etc/mesh101/trusted.crt:ro');
  expect(text).not.toMatch(/HOME|PORT_MAP|HOST_MAP/);
});

test('a command takes the place of the entry point, with references to variables filled in', () => {
  const fields = { command: ['/serve', '--as=$(NAME)'], args: ['$(NAME)', '$(UNKNOWN)'] };
  const { args } = argumentsOf(fields, { own: { NAME: 'cart' } });
  const image = args.indexOf('shop/cart:1');
  expect(args.slice(image - 2)).toEqual([
    '--entrypoint',
    '/serve',
    'shop/cart:1',
    '--as=cart',
    'cart',
    '$(UNKNOWN)',
  ]);
});
