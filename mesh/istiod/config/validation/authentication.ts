import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
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
    const scheme = /^([a-zA-Z][-+.a-zA-Z0-9]*):/.exec(uri.text)?.[1] ?? '';
    if (!['http', 'https'].includes(scheme))
      yield uri.refused(`URI scheme "${scheme}" is not supported`, 'write an http or https URL');
  }
  if (keys.text !== '' && !isKeySet(keys.text))
    yield keys.refused(
      'jwks parse error: no JSON Web Key Set',
      'write it as text, such as {"keys":[{"kty":"RSA",…}]}',
    );
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

function isKeySet(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return false;
    return 'keys' in value ? Array.isArray(value.keys) : 'kty' in value;
  } catch {
    return false;
  }
}
