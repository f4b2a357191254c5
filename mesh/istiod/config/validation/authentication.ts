import { Field, type Problems } from '#mesh/istiod/config/validation/field.ts';
import { headerFault } from '#mesh/istiod/config/validation/headers.ts';
import { checkSelector } from '#mesh/istiod/config/validation/names.ts';
import { checkAttachment, checkDuration } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a PeerAuthentication. */
export function* peerAuthentication(spec: Field): Problems {
  const [selector, ports] = [spec.at('selector'), spec.at('portLevelMtls')];
  if (selector.at('matchLabels').entries.length === 0 && ports.entries.length > 0)
    yield ports.refused(
      'mesh/namespace peer authentication cannot have port level mTLS',
      'add a `selector` with the labels of the pods',
    );
  for (const [name, port] of ports.entries)
    if (Number(name) <= 0 || Number(name) > 65_535) yield port.refused('port must be in range 1..65535');
  yield* checkSelector(selector);
}

/** What istiod's webhook says of a RequestAuthentication. */
export function* requestAuthentication(spec: Field): Problems {
  yield* checkAttachment(spec);
  yield* checkSelector(spec.at('selector'));
  for (const rule of spec.at('jwtRules').items) yield* checkJwtRule(rule);
}

function* checkJwtRule(rule: Field): Problems {
  const [issuer, keys, uri] = [rule.at('issuer'), rule.at('jwks'), keysUri(rule)];
  if (issuer.text === '' && uri.text === '') yield rule.refused('issuer or jwksUri must be non-empty string');
  yield* checkFilled(rule.at('audiences').items, 'audience must be non-empty string');
  if (uri.text !== '') {
    const scheme = (/^([a-zA-Z][-+.a-zA-Z0-9]*):/.exec(uri.text)?.[1] ?? '').toLowerCase();
    if (!['http', 'https'].includes(scheme))
      yield uri.refused(`URI scheme "${scheme}" is not supported`, 'write an http or https URL');
  }
  if (keys.text !== '') yield* checkKeys(keys);
  yield* checkFilled(
    rule.at('fromHeaders').items.map((header) => header.at('name')),
    'location header name must be non-empty string',
  );
  yield* checkFilled(rule.at('fromParams').items, 'location query must be non-empty string');
  yield* checkFilled(rule.at('fromCookies').items, 'cookie name must be non-empty string');
  for (const output of rule.at('outputClaimToHeaders').items) {
    const header = output.at('header');
    if (header.text === '' || output.at('claim').text === '')
      yield output.refused('outputClaimToHeaders header and claim value must be non-empty string');
    else {
      const fault = headerFault(header.text);
      if (fault !== undefined) yield header.refused(fault);
    }
  }
  yield* checkDuration(rule.at('timeout'));
}

function keysUri(rule: Field): Field {
  const uri = rule.at('jwksUri');
  return uri.isSet ? uri : rule.at('jwks_uri');
}

function* checkFilled(fields: readonly Field[], message: string): Problems {
  for (const field of fields) if (field.text === '') yield field.refused(message);
}

/** What a key of each type must have (RFC 7518), and what of it is its owner's secret. */
const keyTypes = new Map([
  ['RSA', { needed: ['e', 'n'], secret: 'd' }],
  ['EC', { needed: ['crv', 'x', 'y'], secret: 'd' }],
  ['OKP', { needed: ['crv', 'x'], secret: 'd' }],
  ['oct', { needed: ['k'], secret: 'k' }],
]);

function* checkKeys(jwks: Field): Problems {
  const keys = keysOf(jwks.text);
  const fault = keys ? keys.map(keyFault).find((one) => one !== undefined) : 'no JSON Web Key Set';
  if (fault !== undefined)
    yield jwks.refused(`jwks parse error: ${fault}`, 'write it as text, such as {"keys":[{"kty":"RSA",…}]}');
  else
    for (const [index, key] of (keys ?? []).entries())
      if (key.at(keyTypes.get(key.at('kty').text)?.secret ?? '').isSet)
        yield jwks.warned(
          `jwks key at index ${index} contains private key material; only public keys are used for verification`,
        );
}

/** Of a set, or of a text that is one key. */
function keysOf(text: string): readonly Field[] | undefined {
  try {
    const set = new Field(JSON.parse(text));
    if (set.at('keys').isSet) return Array.isArray(set.at('keys').value) ? set.at('keys').items : undefined;
    return set.at('kty').isSet ? [set] : undefined;
  } catch {
    return undefined;
  }
}

function keyFault(key: Field, index: number): string | undefined {
  const type = key.at('kty').text;
  const about = `failed to decode key #${index} in "keys":`;
  const needed = keyTypes.get(type)?.needed;
  if (!needed) return `${about} invalid key type from JSON (${type})`;
  const missing = needed.find((name) => key.at(name).text === '');
  if (missing !== undefined) return `${about} required field ${missing} is missing`;
  const wrong = needed.find((name) => name !== 'crv' && !/^[-\w]+=*$/.test(key.at(name).text));
  return wrong && `${about} failed to decode value for key ${wrong}`;
}
