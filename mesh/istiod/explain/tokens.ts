import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { TOKEN_FILTER, TOKEN_PAYLOAD } from '#mesh/istiod/envoy/filters/rbac/tokens.ts';
import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import type { Metadata } from '#mesh/istiod/explain/matchers.ts';
import { at, listAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';

/** What the filter for tokens makes of a request: it refuses it, or leaves its claims to others. */
export type TokenCheck =
  | { readonly status: 401 | 403; readonly why: string }
  | { readonly request: SimulatedRequest; readonly metadata: Metadata };

/** Envoy's allowance for clocks that differ: seconds. */
const SKEW = 60;

/**
 * As Envoy's filter does with what Istio asks of it: the first rule whose tokens are all valid decides, whatever others say; a
 * request without token passes. Keys that come from elsewhere are not fetched: such a token counts as signed.
 */
export function checkTokens(filter: JsonObject, request: SimulatedRequest, now: number): TokenCheck {
  const providers = Object.values(objectAt(filter, 'providers') ?? {}) as JsonObject[];
  if (isPreflight(request)) return { request, metadata: {} };
  const clean = withoutOutputs(request, providers);
  const checked = providers.flatMap((provider) => {
    const places = locations(provider, request);
    return places.length > 0 ? [believed(provider, places, { request: clean, now })] : [];
  });
  // What is wrong with a token of its own issuer says more than that others do not know it.
  const refused = checked.find((one) => 'why' in one && !one.why.startsWith(STRANGER)) ?? checked[0];
  return checked.find((one) => 'request' in one) ?? refused ?? { request: clean, metadata: {} };
}

const STRANGER = 'nobody believes tokens of the issuer';

/** Envoy asks no preflight for a token, because browsers send none. */
function isPreflight({ method, headers }: SimulatedRequest): boolean {
  return method === 'OPTIONS' && !!headers['origin'] && !!headers['access-control-request-method'];
}

/** Only the filter says what tokens claim. */
function withoutOutputs(request: SimulatedRequest, providers: readonly JsonObject[]): SimulatedRequest {
  const written = providers.flatMap((provider) => [
    textAt(provider, 'forward_payload_header')?.toLowerCase(),
    ...listAt(provider, 'claim_to_headers').map((one) => textAt(one, 'header_name')?.toLowerCase()),
  ]);
  const kept = Object.entries(request.headers).filter(([name]) => !written.includes(name));
  return { ...request, headers: Object.fromEntries(kept) };
}

/** What one rule makes of the tokens in its places: all of them have to be valid. */
function believed(provider: JsonObject, places: readonly Place[], given: Circumstances): TokenCheck {
  let passed: Extract<TokenCheck, { readonly request: unknown }> = { request: given.request, metadata: {} };
  for (const place of places) {
    const read = parsed(place.token);
    if (!read) return { status: 401, why: 'the token cannot be read' };
    const issuer = read.claims['iss'];
    if (![undefined, issuer].includes(textAt(provider, 'issuer')))
      return { status: 401, why: `${STRANGER} ${JSON.stringify(issuer ?? null)}` };
    const refused = fault(read, provider, given);
    if (refused) return refused;
    const metadata = { [TOKEN_FILTER]: { [TOKEN_PAYLOAD]: normalized(read.claims, provider) } };
    passed = { request: changed(passed.request, read.claims, { provider, place }), metadata };
  }
  return passed;
}

/** The claims as policies see them: some texts are lists with spaces between. */
function normalized(claims: JsonObject, provider: JsonObject): JsonObject {
  const lists = texts(at(provider, 'normalize_payload_in_metadata', 'space_delimited_claims'));
  const split = lists.flatMap((name) => {
    const value = claims[name];
    return typeof value === 'string' ? [[name, value.split(' ')] as const] : [];
  });
  return { ...claims, ...Object.fromEntries(split) };
}

interface Place {
  readonly token: string;
  readonly header?: string;
  readonly parameter?: string;
}

/** Where the provider's tokens are looked for, as far as the request has any. */
function locations(provider: JsonObject, { headers, path }: SimulatedRequest): readonly Place[] {
  const named = {
    headers: listAt(provider, 'from_headers'),
    parameters: texts(at(provider, 'from_params')),
    cookies: texts(at(provider, 'from_cookies')),
  };
  const usual = Object.values(named).every((list) => list.length === 0);
  const places = usual
    ? {
        headers: [{ name: 'authorization', value_prefix: 'Bearer ' }],
        parameters: ['access_token'],
        cookies: [],
      }
    : named;
  const query = new URLSearchParams(path.split('?').slice(1).join('?'));
  const jar = new Map(
    (headers['cookie'] ?? '').split(/; */).map((pair) => pair.split(/=(.*)/s) as [string, string]),
  );
  return [
    ...places.headers.flatMap((one) => {
      const header = (textAt(one, 'name') ?? '').toLowerCase();
      const value = headers[header]?.trim();
      const prefix = textAt(one, 'value_prefix') ?? '';
      return value?.startsWith(prefix) ? [{ token: value.slice(prefix.length).trim(), header }] : [];
    }),
    ...places.parameters.flatMap((parameter) => {
      const token = query.get(parameter);
      return token === null ? [] : [{ token, parameter }];
    }),
    ...places.cookies.flatMap((cookie) => {
      const token = jar.get(cookie);
      return token === undefined ? [] : [{ token }];
    }),
  ];
}

interface ParsedToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly content: string;
  readonly signature: Buffer;
}

function parsed(token: string): ParsedToken | undefined {
  const [first = '', second = '', third = '', ...more] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject;
  try {
    const signature = Buffer.from(third, 'base64url');
    const claims = read(second);
    if (more.length > 0 || !isTyped(claims)) return undefined;
    return { header: read(first), claims, content: `${first}.${second}`, signature };
  } catch {
    return undefined;
  }
}

/** Whether the claims that everybody knows are of their types. */
function isTyped(claims: JsonObject): boolean {
  const are = (names: readonly string[], type: string) =>
    names.every((name) => claims[name] === undefined || typeof claims[name] === type);
  return are(['iss', 'sub', 'jti'], 'string') && are(['exp', 'nbf', 'iat'], 'number');
}

interface Circumstances {
  readonly request: SimulatedRequest;
  /** Milliseconds. */
  readonly now: number;
}

function fault(
  token: ParsedToken,
  provider: JsonObject,
  { request, now }: Circumstances,
): TokenCheck | undefined {
  const { claims } = token;
  const { exp, nbf, aud } = claims;
  if (typeof exp === 'number' && now / 1000 > exp + SKEW)
    return { status: 401, why: 'the token has expired' };
  if (typeof nbf === 'number' && now / 1000 < nbf - SKEW)
    return { status: 401, why: 'the token is not valid yet' };
  const wanted = texts(at(provider, 'audiences'));
  if (wanted.length > 0 && ![aud].flat().some((one) => wanted.includes(String(one)))) {
    return { status: 403, why: `the token is not for ${wanted.join(' or ')}` };
  }
  const keys = textAt(provider, 'local_jwks', 'inline_string');
  if (request.trustsTokens || keys === undefined || isSigned(token, keys)) return undefined;
  return { status: 401, why: 'the token is not signed by its issuer' };
}

const ALGORITHMS = new Map<unknown, { readonly digest: string | null; readonly padding?: number }>(
  (['256', '384', '512'] as const).flatMap((bits) => [
    [`RS${bits}`, { digest: `sha${bits}` }] as const,
    [`PS${bits}`, { digest: `sha${bits}`, padding: 6 }] as const,
    [`ES${bits}`, { digest: `sha${bits}` }] as const,
  ]),
).set('EdDSA', { digest: null });

function isSigned({ header, content, signature }: ParsedToken, keySet: string): boolean {
  const algorithm = ALGORITHMS.get(header['alg']);
  if (!algorithm) return false;
  const { keys } = parsedKeys(keySet);
  const named = keys.filter(
    ({ kid }) => header['kid'] === undefined || kid === undefined || kid === header['kid'],
  );
  return named.some((jwk) => {
    try {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      const { digest, padding } = algorithm;
      const options = { key, dsaEncoding: 'ieee-p1363' as const, ...(padding !== undefined && { padding }) };
      return verify(digest, Buffer.from(content), options, signature);
    } catch {
      return false;
    }
  });
}

function parsedKeys(text: string): { readonly keys: readonly JsonWebKey[] } {
  try {
    const { keys = [] } = JSON.parse(text) as { keys?: readonly JsonWebKey[] };
    return { keys };
  } catch {
    return { keys: [] };
  }
}

interface Chosen {
  readonly provider: JsonObject;
  readonly place: Place;
}

/** The request behind the filter: without the token where it is not to be passed on, and with claims as headers. */
function changed(
  request: SimulatedRequest,
  claims: JsonObject,
  { provider, place }: Chosen,
): SimulatedRequest {
  const headers = new Map(Object.entries(request.headers));
  const isKept = provider['forward'] === true;
  if (!isKept && place.header !== undefined) headers.delete(place.header);
  for (const one of listAt(provider, 'claim_to_headers')) {
    const value = at(claims, ...(textAt(one, 'claim_name') ?? '').split('.'));
    if (value !== undefined) headers.set((textAt(one, 'header_name') ?? '').toLowerCase(), claimText(value));
  }
  const payload = textAt(provider, 'forward_payload_header');
  if (payload !== undefined)
    headers.set(payload.toLowerCase(), Buffer.from(JSON.stringify(claims)).toString('base64url'));
  const path =
    isKept || place.parameter === undefined ? request.path : without(request.path, place.parameter);
  return { ...request, path, headers: Object.fromEntries(headers) };
}

function claimText(value: Json): string {
  return typeof value === 'object' ? Buffer.from(JSON.stringify(value)).toString('base64url') : String(value);
}

function without(path: string, parameter: string): string {
  const [before = '', ...query] = path.split('?');
  const kept = query
    .join('?')
    .split('&')
    .filter((pair) => pair.split('=')[0] !== parameter);
  return kept.length > 0 ? `${before}?${kept.join('&')}` : before;
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
