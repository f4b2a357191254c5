import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { readTests } from '#mesh/testing/read-tests.ts';

function read(text: string) {
  const { suites, diagnostics } = readTests([{ file: 'a.mesh-test.yaml', text }]);
  return { suites, messages: diagnostics.map(formatDiagnostic) };
}

describe('readTests', () => {
  it('reads tests, and each cell of the table as a test of its own', () => {
    const { suites, messages } = read(`
manifests: [k8s]
tests:
  - name: jason
    request: {from: web, url: reviews:9080/x, headers: {end-user: jason, level: 1}}
    expect: {version: v2}
access:
  - to: POST http://ratings:9080/
    allowed: [reviews-v2]
    denied: [other/web]
    others: denied
`);
    expect(messages).toEqual([]);
    const [suite] = suites;
    expect(suite).toMatchObject({
      manifests: ['k8s'],
      namespace: 'default',
      outboundPolicy: 'REGISTRY_ONLY',
    });
    expect(suite?.cases.map(({ name, position }) => `${position.line} ${name}`)).toEqual([
      '4 jason',
      '9 reviews-v2 → POST http://ratings:9080/ is allowed',
      '10 other/web → POST http://ratings:9080/ is denied',
    ]);
    expect(suite?.cases[0]?.request).toMatchObject({
      url: 'http://reviews:9080/x',
      headers: { 'end-user': 'jason', level: '1' },
      method: 'GET',
      sidecar: true,
    });
    expect(suite?.cases[1]?.request.method).toBe('POST');
    expect(suite?.others[0]?.caseOf('x')).toMatchObject({
      expect: { allowed: false },
      position: { line: 11 },
    });
  });

  it('takes a path alone for a request to the gateway', () => {
    const { suites } = read('tests: [{name: a, request: {url: /productpage}, expect: {status: 200}}]');
    expect(suites[0]?.cases[0]?.request).toMatchObject({
      from: 'gateway',
      url: 'http://localhost/productpage',
    });
  });

  it.each([
    [
      'tests:\n  - name: a\n    request: {url: /}\n    expct: {status: 200}',
      'a.mesh-test.yaml:4: error M101-test-file: `tests[0]` has no key `expct`\n  fix: did you mean `expect`?',
    ],
    [
      'tests:\n  - name: a\n    request: {url: /, token: {isuer: me, issuer: x}}',
      'a.mesh-test.yaml:3: error M101-test-file: `tests[0].request.token` has no key `isuer`\n  fix: did you mean `issuer`?',
    ],
    [
      'tests:\n  - name: a\n    reqest: {url: /}',
      'a.mesh-test.yaml:3: error M101-test-file: `tests[0]` has no key `reqest`\n  fix: did you mean `request`?',
    ],
    [
      'test: []',
      'a.mesh-test.yaml:1: error M101-test-file: a file of tests has no key `test`\n  fix: did you mean `tests`?',
    ],
    [
      'tests:\n  - name: a\n    request: {url: /}\n    expect:\n      status: many',
      'a.mesh-test.yaml:5: error M101-test-file: `tests[0].expect.status`: expected a number, found string "many"\n  fix: write a number',
    ],
    [
      'tests:\n  - name: a\n    request: {url: /}\n    expect:\n      status: "200"',
      'a.mesh-test.yaml:5: error M101-test-file: `tests[0].expect.status`: expected a number, found string "200"\n  fix: remove the quotes: 200',
    ],
    [
      'tests:\n  - request: {url: /}',
      'a.mesh-test.yaml:2: error M101-test-file: missing field `tests[0].name`\n  fix: add `name`, a string',
    ],
    [
      'tests: [{name: a, request: {url: /, method: [GET]}}]',
      'a.mesh-test.yaml:1: error M101-test-file: `tests[0].request.method`: expected a string, found a list\n  fix: write a string',
    ],
    [
      'manifests: [x]',
      'a.mesh-test.yaml:1: error M101-test-file: the file holds no test\n  fix: write some below `tests` or `access`',
    ],
  ])('tells %j with its line', (text, message) => {
    expect(read(text).messages).toEqual([message]);
  });

  it('tells YAML that is none, and reads the other files', () => {
    const good = { file: 'b.mesh-test.yaml', text: 'tests: [{name: a, request: {url: /}}]' };
    const { suites, diagnostics } = readTests([{ file: 'a.mesh-test.yaml', text: 'tests: [' }, good]);
    expect(diagnostics[0]).toMatchObject({
      code: 'M101-yaml-syntax',
      position: { file: 'a.mesh-test.yaml' },
    });
    expect(suites.map(({ file }) => file)).toEqual(['b.mesh-test.yaml']);
  });

  it("reads istio-config-validator's tests, each combination as one", () => {
    const { suites, messages } = read(`
testCases:
  - description: users
    wantMatch: true
    request:
      authority: [www.example.com, example.com]
      method: [GET, POST]
      uri: [/users]
      headers: {x-user: qa}
    route:
      - destination: {host: users.users.svc.cluster.local, port: {number: 80}}
  - description: not there
    request: {authority: [a], method: [PUT], uri: [/]}
    destination: {host: b}
    isMatch: false
`);
    expect(messages).toEqual([]);
    expect(suites[0]?.routesOnly).toBe(true);
    expect(suites[0]?.cases.map(({ name }) => name)).toEqual([
      'users: GET www.example.com/users',
      'users: POST www.example.com/users',
      'users: GET example.com/users',
      'users: POST example.com/users',
      'not there: PUT a/',
    ]);
    expect(suites[0]?.cases.map(({ destinations }) => destinations?.not)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(read('testCases: [{descripton: x}]').messages.join('\n')).toContain('did you mean `description`?');
  });
});
