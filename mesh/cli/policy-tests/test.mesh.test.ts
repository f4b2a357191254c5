import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A mesh is brought up in each test, on a machine that may be busy. */
const PATIENCE = 300_000;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-policies-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function mesh(...args: readonly string[]): Promise<Run> {
  const env = { ...process.env, MESH_HOME: join(folder, 'home'), TMPDIR: folder };
  return new Promise((done) => {
    execFile('bin/mesh', args, { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** httpbin in a namespace that no manifest declares, as a kustomization, with tokens, strict mutual TLS and a rewrite. */
function writeHttpbin(): string {
  const shop = join(folder, 'shop');
  mkdirSync(shop, { recursive: true });
  writeFileSync(join(shop, 'policies.yaml'), POLICIES);
  writeFileSync(
    join(shop, 'kustomization.yaml'),
    `namespace: shop\nresources: [policies.yaml, httpbin.yaml]\n`,
  );
  writeFileSync(join(shop, 'httpbin.yaml'), HTTPBIN);
  const file = join(folder, 'shop.mesh-test.yaml');
  writeFileSync(file, TESTS);
  return file;
}

describe('mesh test', () => {
  it('gives the tests of bookinfo the same answers by explanation and by traffic, and leaves nothing', {
    timeout: PATIENCE,
  }, async () => {
    const test = resolve('test/policies/bookinfo.mesh-test.yaml');
    const [explained, sent] = [await mesh('test', '--explain', test), await mesh('test', test)];
    expect([explained.code, sent.code], sent.stdout + sent.stderr).toEqual([0, 0]);
    const table = (text: string) =>
      text.slice(text.indexOf('who may call what'), text.indexOf('The tests have met'));
    expect(table(sent.stdout)).toBe(table(explained.stdout));
    expect(sent.stdout).toContain('15 passed, 0 failed (real traffic, ');
    expect(readdirSync(folder).filter((name) => name.startsWith('mesh-test-'))).toEqual([]);
  });

  it("asks the Envoy of a Gateway of Gateway API, and knows its routes' rules", {
    timeout: PATIENCE,
  }, async () => {
    const test = resolve('test/policies/bookinfo-gateway-api.mesh-test.yaml');
    const [explained, sent] = [await mesh('test', '--explain', test), await mesh('test', test)];
    expect([explained.code, sent.code], sent.stdout + sent.stderr).toEqual([0, 0]);
    expect(explained.stdout).toContain('The tests have met 3 of 3 routing rules.');
    expect(sent.stdout).toContain('4 passed, 0 failed (real traffic, ');
  });

  it('judges shares, tokens, identities, what is received, callers without sidecar, and a kustomization', {
    timeout: PATIENCE,
  }, async () => {
    const { code, stdout, stderr } = await mesh('test', writeHttpbin());
    expect(stdout, stderr).toContain('✘ wrong on purpose');
    expect(stdout).toContain('version: expected v9, found ');
    expect(stdout).toContain('8 passed, 1 failed (real traffic, ');
    expect(code).toBe(1);
  });
});

const HTTPBIN = ['v1', 'v2']
  .map(
    (version) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: httpbin-${version}}
spec:
  selector: {matchLabels: {app: httpbin, version: ${version}}}
  template:
    metadata: {labels: {app: httpbin, version: ${version}}}
    spec: {serviceAccountName: httpbin, containers: [{name: httpbin, image: mccutchen/go-httpbin, ports: [{containerPort: 8080}]}]}
---
`,
  )
  .join('')
  .concat(`apiVersion: v1
kind: ServiceAccount
metadata: {name: httpbin}
---
apiVersion: v1
kind: Service
metadata: {name: httpbin}
spec: {selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 8080}]}
`);

const POLICIES = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens}
spec: {jwtRules: [{issuer: someone@example.com, jwksUri: "https://issuer.example/keys"}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: only-dev}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules:
    - to: [{operation: {notPaths: [/status/*]}}]
    - when: [{key: "request.auth.claims[groups]", values: [dev]}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: httpbin}
spec:
  host: httpbin
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: httpbin}
spec:
  hosts: [httpbin]
  http:
    - match: [{uri: {prefix: /old/}}]
      rewrite: {uri: /, authority: renamed}
      headers: {request: {set: {x-set: by-route}, remove: [x-secret]}}
      timeout: 5s
      route: [{destination: {host: httpbin, subset: v1}}]
    - route:
        - {destination: {host: httpbin, subset: v1}, weight: 90}
        - {destination: {host: httpbin, subset: v2}, weight: 10}
`;

const TESTS = `manifests: [shop]
namespace: shop
tests:
  - name: shares
    request: {from: httpbin-v1, url: "http://httpbin:8000/get"}
    repeat: 60
    expect: {shares: {httpbin-v1: 90, httpbin-v2: 10}, status: 200}
  - name: rewritten
    request: {from: httpbin-v1, url: "http://httpbin:8000/old/anything/x", headers: {x-secret: y}}
    expect:
      version: v1
      timeout: 5s
      received: {host: renamed, headers: {x-set: by-route, x-secret: null}}
  - name: with a token
    request:
      from: httpbin-v2
      url: http://httpbin:8000/status/204
      token: {issuer: someone@example.com, subject: jane, claims: {groups: [dev]}}
    expect: {status: 204, allowed: true}
  - name: with a token of others
    request:
      from: httpbin-v2
      url: http://httpbin:8000/status/204
      token: {issuer: someone@example.com, subject: joe, claims: {groups: [ops]}}
    expect: {status: 403, refusedBy: only-dev}
  - name: without token
    request: {from: httpbin-v2, url: "http://httpbin:8000/status/204"}
    expect: {refusedBy: shop/only-dev}
  - name: without sidecar
    request: {from: httpbin-v1, sidecar: false, url: "http://httpbin:8000/get"}
    expect: {refusedBy: PeerAuthentication}
  - name: as somebody
    request: {as: cluster.local/ns/shop/sa/httpbin, url: "http://httpbin:8000/get"}
    expect: {allowed: true}
  - name: nobody answers there
    request: {from: httpbin-v1, url: "http://elsewhere.example/"}
    expect: {status: 502}
  - name: wrong on purpose
    request: {from: httpbin-v1, url: "http://httpbin:8000/get"}
    expect: {version: v9}
`;
