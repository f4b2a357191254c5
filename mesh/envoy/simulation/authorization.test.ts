import { describe, expect, it } from 'vitest';
import { verdict } from '#mesh/envoy/simulation/authorization.ts';
import { requestFor } from '#mesh/envoy/simulation/request.ts';
import type { AuthorizationPolicy, AuthorizationRule, TokenRule } from '#mesh/model/policy.ts';

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
const token = `x.${Buffer.from('{"iss":"me","sub":"jane","groups":["dev"]}').toString('base64url')}.x`;

interface Asked {
  readonly url?: string;
  readonly method?: string;
  readonly identity?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(authorization: AuthorizationPolicy[], { url = 'http://web/a', identity, ...rest }: Asked = {}) {
  const visit = { request: requestFor(url, rest), port: 8080, ...(identity && { identity }) };
  return verdict({ authorization, tokens }, visit);
}

const web = 'spiffe://cluster.local/ns/shop/sa/web';
const fromWeb = { of: 'principal', values: ['cluster.local/ns/shop/sa/web'], notValues: [] } as const;
const path = (...values: string[]) => ({ of: 'path', values, notValues: [] }) as const;

describe('verdict', () => {
  it('is nobody’s where no policy is, and names the policy that decides otherwise', () => {
    expect(ask([])).toBeUndefined();
    expect(ask([policy('ALLOW', rule([fromWeb]))], { identity: web })).toEqual({
      allowed: true,
      why: 'ALLOW allow (p.yaml:7)',
    });
    expect(ask([policy('ALLOW', rule([fromWeb]))])).toEqual({
      allowed: false,
      why: 'no ALLOW takes it: allow (p.yaml:3)',
    });
    expect(ask([policy('ALLOW')])?.allowed).toBe(false);
  });

  it('lets DENY win, and leaves dry runs out', () => {
    const both = [policy('ALLOW', rule([])), policy('DENY', rule([], [path('/a*')]))];
    expect(ask(both)).toEqual({ allowed: false, why: 'DENY deny (p.yaml:7)' });
    expect(ask(both, { url: 'http://web/b' })?.allowed).toBe(true);
    expect(ask([{ ...policy('DENY', rule([])), dryRun: true }])).toBeUndefined();
    expect(ask([policy('DENY', rule([fromWeb]))])).toEqual({ allowed: true, why: 'no DENY takes it' });
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
    [{ of: 'server-name', values: ['*'], notValues: [] }, 'http://web/', false],
    [{ of: 'destination-address', values: ['127.0.0.1'], notValues: [] }, 'http://web/', true],
  ] as const)('operation %j of %s', (condition, url, expected) => {
    expect(ask([policy('ALLOW', rule([], [condition]))], { url })?.allowed).toBe(expected);
  });
});
