import { describe, expect, it } from 'vitest';
import { configOf } from '#mesh/istiod/explain/config-of.ts';
import { judgeRequest } from '#mesh/istiod/explain/policy-filters.ts';
import { requestFor } from '#mesh/istiod/explain/request.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type {
  AuthorizationPolicy,
  AuthorizationRule,
  TokenRule,
  WorkloadPolicies,
} from '#mesh/istiod/model/policy.ts';

const at = (line: number) => ({ file: 'p.yaml', line, column: 1 });
const rule = (
  callers: AuthorizationRule['callers'][number],
  operations: AuthorizationRule['operations'][number] = [],
) => ({
  callers: [callers],
  operations: [operations],
  position: at(7),
});
const policy = (
  action: AuthorizationPolicy['action'],
  ...rules: AuthorizationRule[]
): AuthorizationPolicy => ({
  name: action.toLowerCase(),
  namespace: 'shop',
  action,
  dryRun: false,
  rules,
  position: at(3),
});
const tokens: TokenRule[] = [
  {
    ...{ issuer: 'me', audiences: [], keys: { inline: '{}' }, headers: [], parameters: [], cookies: [] },
    ...{ claimHeaders: [], forward: false, spaceDelimitedClaims: [] },
  },
];
const token = `${Buffer.from('{}').toString('base64url')}.${Buffer.from('{"iss":"me","sub":"jane","groups":["dev"]}').toString('base64url')}.x`;

interface Asked {
  readonly url?: string;
  readonly method?: string;
  readonly identity?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const pod = {
  ...{ name: 'web-1', namespace: 'shop', labels: {}, serviceAccount: 'web', ready: true },
  ports: [{ containerPort: 8080, appPort: 1, inboundPort: 2 }],
  sidecar: { outboundPort: 3 },
};
const config = (policies: WorkloadPolicies) => {
  const mesh: Mesh = {
    ...{ trustDomain: 'cluster.local', pods: [pod], gateways: [], services: [], virtualHosts: [] },
    ...{ outboundPolicy: 'ALLOW_ANY', peerAuthentication: {}, standIns: [] },
    policies: { 'web-1.shop': policies },
  };
  return configOf(mesh, { role: 'sidecar', pod, sidecar: pod.sidecar });
};

function judged(policies: WorkloadPolicies, { url = 'http://web/a', identity, ...rest }: Asked = {}) {
  const request = { ...requestFor(url, rest), trustsTokens: true as const };
  const visit = { request, port: 2, ...(identity && { identity }) };
  return judgeRequest(config(policies), { visit, policies, now: 0 });
}

const ask = (authorization: AuthorizationPolicy[], asked: Asked = {}) =>
  judged({ authorization, tokens }, asked).verdict;

const web = 'spiffe://cluster.local/ns/shop/sa/web';
const fromWeb = { of: 'principal', values: ['cluster.local/ns/shop/sa/web'], notValues: [] } as const;
const path = (...values: string[]) => ({ of: 'path', values, notValues: [] }) as const;

describe('verdict', () => {
  it('is nobody’s where no policy is, and names the policy that decides otherwise', () => {
    expect(ask([])).toBeUndefined();
    expect(ask([policy('ALLOW', rule([fromWeb]))], { identity: web })).toEqual({
      allowed: true,
      why: 'ALLOW allow (p.yaml:7)',
      by: [{ name: 'allow', namespace: 'shop' }],
    });
    expect(ask([policy('ALLOW', rule([fromWeb]))])).toEqual({
      allowed: false,
      why: 'no ALLOW policy matches: allow (p.yaml:3)',
      by: [{ name: 'allow', namespace: 'shop' }],
    });
    expect(ask([policy('ALLOW')])?.allowed).toBe(false);
  });

  it('lets DENY win, and leaves dry runs out', () => {
    const both = [policy('ALLOW', rule([])), policy('DENY', rule([], [path('/a*')]))];
    expect(ask(both)).toEqual({
      allowed: false,
      why: 'DENY deny (p.yaml:7)',
      by: [{ name: 'deny', namespace: 'shop' }],
    });
    expect(ask(both, { url: 'http://web/b' })?.allowed).toBe(true);
    expect(ask([{ ...policy('DENY', rule([])), dryRun: true }])).toBeUndefined();
    expect(ask([policy('DENY', rule([fromWeb]))])).toEqual({
      allowed: true,
      why: 'no DENY policy matches',
      by: [],
    });
  });

  it.each([
    [{ of: 'namespace', values: ['sh*'], notValues: [] }, true],
    [{ of: 'service-account', values: ['shop/web'], notValues: [] }, true],
    [{ of: 'principal', values: ['*'], notValues: ['*/sa/web'] }, false],
    [{ of: 'address', values: ['127.0.0.0/8'], notValues: [] }, true],
    [{ of: 'remote-address', values: ['10.0.0.0/8', '2001:db8::/32'], notValues: [] }, false],
    [{ of: 'header', name: 'X-User', values: ['j*'], notValues: ['joe'] }, true],
    [{ of: 'header', name: 'x-none', values: ['*'], notValues: [] }, false],
    [{ of: 'claim', path: ['groups'], values: ['dev'], notValues: [] }, true],
    [{ of: 'claim', path: ['groups', 'x'], values: ['dev'], notValues: [] }, false],
    [{ of: 'request-principal', values: ['me/jane'], notValues: [] }, true],
  ] as const)('caller %j', (condition, expected) => {
    const headers = { 'x-user': 'jason', authorization: `Bearer ${token}` };
    expect(ask([policy('ALLOW', rule([condition]))], { identity: web, headers })?.allowed).toBe(expected);
  });

  it.each([
    [path('/v1/{*}/id'), 'http://web/v1/x/id?q', true],
    [path('/v1/{*}/id'), 'http://web/v1/x/y/id', false],
    [path('/v1/{**}'), 'http://web/v1/x/y', true],
    [path('/v1.{*}'), 'http://web/v1xa', false],
    [{ of: 'method', values: ['GET'], notValues: [] }, 'http://web/', true],
    [{ of: 'host', values: ['WEB'], notValues: [] }, 'http://web/', true],
    [{ of: 'port', values: ['80'], notValues: [] }, 'http://web/', false],
    [{ of: 'port', values: ['8080'], notValues: [] }, 'http://web/', true],
    [{ of: 'server-name', values: ['*'], notValues: [] }, 'http://web/', false],
    [{ of: 'destination-address', values: ['127.0.0.1'], notValues: [] }, 'http://web/', true],
  ] as const)('operation %j of %s', (condition, url, expected) => {
    expect(ask([policy('ALLOW', rule([], [condition]))], { url })?.allowed).toBe(expected);
  });

  it('refuses what no provider of CUSTOM can be asked about', () => {
    const external = {
      policies: [{ ...policy('DENY', rule([], [path('/a*')])), name: 'ext', provider: 'opa' }],
    };
    expect(judged({ authorization: [], tokens: [], external }).verdict).toEqual({
      allowed: false,
      why: 'CUSTOM ext (p.yaml:3) names no provider that is there: `opa`',
      by: [{ name: 'ext', namespace: 'shop' }],
    });
    expect(
      judged({ authorization: [], tokens: [], external }, { url: 'http://web/b' }).verdict?.allowed,
    ).toBe(true);
  });
});
