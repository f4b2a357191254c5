import { describe, expect, it } from 'vitest';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';

const service = (spec: string, name = 's') =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}`;
const one = 'ports: [{port: 80}]';
const dns1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

describe('a Service with', () => {
  it.each([
    ['a dot in its name', service(one, 'a.b'), [`metadata.name: Invalid value: "a.b": ${dns1035}`]],
    ['a digit at its beginning', service(one, '1abc'), [`metadata.name: Invalid value: "1abc": ${dns1035}`]],
    ['no ports', service('selector: {a: b}'), ['spec.ports: Required value']],
    [
      'two ports without names',
      service('ports: [{port: 80}, {port: 81}]'),
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'one port twice',
      service('ports: [{name: a, port: 80}, {name: b, port: 80}]'),
      ['spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}'],
    ],
    [
      'one name twice',
      service('ports: [{name: a, port: 80}, {name: a, port: 81}]'),
      ['spec.ports[1].name: Duplicate value: "a"'],
    ],
    [
      'a port that is named in capitals',
      service('ports: [{name: HTTP_x, port: 80}]'),
      [/^spec\.ports\[0\]\.name: Invalid value: "HTTP_x": a lowercase RFC 1123 label/],
    ],
    [
      'a port of 0',
      service('ports: [{port: 0}]'),
      ['spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      'a target that is no name',
      service('ports: [{port: 80, targetPort: A}]'),
      [
        'spec.ports[0].targetPort: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.ports[0].targetPort: Invalid value: "A": must contain at least one letter (a-z)',
      ],
    ],
    [
      "this machine's own address",
      service(`externalIPs: [127.0.0.1], ${one}`),
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      'a node port where none is',
      service('ports: [{port: 80, nodePort: 30080}]'),
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'a node port out of range',
      service('type: NodePort, ports: [{port: 80, nodePort: 80}]'),
      [
        'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
      ],
    ],
    [
      'a type that is none',
      service(`type: Nodeport, ${one}`),
      [
        'spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    ['a name elsewhere that it lacks', service('type: ExternalName'), ['spec.externalName: Required value']],
    [
      'an address that is none',
      service(`clusterIP: here, ${one}`),
      [
        'spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'no address but node ports',
      service(`type: NodePort, clusterIP: None, ${one}`),
      [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
    ],
    [
      'addresses of both families',
      service(`ipFamilyPolicy: RequireDualStack, selector: {a: b}, ${one}`),
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
      ],
    ],
  ])('%s is refused', async (_, manifest, causes) => {
    const found = await kindsApi().causes(manifest);
    expect(found).toEqual(
      causes.map((cause) => (cause instanceof RegExp ? expect.stringMatching(cause) : cause)),
    );
  });
});

describe('the server allocates', () => {
  const spec = (object: DraftObject) => object['spec'] as Record<string, unknown>;
  const firstPort = (object: DraftObject) => (spec(object)['ports'] as { nodePort?: number }[])[0]?.nodePort;

  it('an address, which stays', async () => {
    const server = kindsApi();
    const { object } = await server.create(service(one));
    expect(spec(object)).toMatchObject({
      clusterIP: '10.96.7.1',
      clusterIPs: ['10.96.7.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      type: 'ClusterIP',
    });
    const again = await server.replace(service('ports: [{port: 81}]'));
    expect(spec(again.object)['clusterIP']).toBe('10.96.7.1');
    expect(await server.causes(service(`clusterIP: 10.96.0.9, ${one}`), 'replace')).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set',
    ]);
  });

  it('a target, where none is given', async () => {
    const { object } = await kindsApi().create(service('ports: [{port: 80, targetPort: 0}]'));
    expect(object['spec']).toMatchObject({ ports: [{ port: 80, targetPort: 80 }] });
  });

  it('none for a headless one', async () => {
    const { object } = await kindsApi().create(service(`clusterIP: None, selector: {a: b}, ${one}`));
    expect(spec(object)).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
  });

  it('node ports that collide with no other, and gives them back', async () => {
    const server = kindsApi();
    await server.create(service('type: NodePort, ports: [{port: 80, nodePort: 30000}]', 'a'));
    const { object } = await server.create(service(`type: NodePort, ${one}`, 'b'));
    expect(firstPort(object)).toBe(30_001);
    expect(firstPort((await server.replace(service(`type: NodePort, ${one}`, 'b'))).object)).toBe(30_001);
    expect(await server.causes(service('type: NodePort, ports: [{port: 80, nodePort: 30000}]', 'c'))).toEqual(
      ['spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated'],
    );
    // A client that changes the type alone sends the node ports along.
    const inside = { ...object, spec: { ...spec(object), type: 'ClusterIP' } };
    const { object: closed } = await server.replace(inside);
    expect(firstPort(closed)).toBeUndefined();
  });

  it('nothing for a name elsewhere, and takes the address back', async () => {
    const server = kindsApi();
    const { object } = await server.create(service(one));
    const elsewhere = {
      ...object,
      spec: { ...spec(object), type: 'ExternalName', externalName: 'example.com' },
    };
    const { object: moved } = await server.replace(elsewhere);
    expect(spec(moved)['clusterIP']).toBeUndefined();
  });
});
