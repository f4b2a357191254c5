import { checkDestination, checkDestinations } from '#mesh/istiod/config/validation/destination.ts';
import { checkFault, checkRetries } from '#mesh/istiod/config/validation/fault-and-retries.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import {
  checkAuthority,
  checkHeaderOperations,
  corsHeaderFault,
} from '#mesh/istiod/config/validation/headers.ts';
import { checkHttpMatches } from '#mesh/istiod/config/validation/http-match.ts';
import { checkExpression, checkSyntax } from '#mesh/istiod/config/validation/regular-expression.ts';
import { checkDuration } from '#mesh/istiod/config/validation/values.ts';

const MEBIBYTE = 1024 * 1024;

/** One rule of a VirtualService's `http`. @param isDelegate Of a VirtualService without hosts. */
export function* checkHttpRoute(rule: Field, isDelegate: boolean): Problems {
  yield* checkAction(rule, isDelegate);
  yield* checkHttpMatches(rule);
  yield* checkHeaderOperations(rule.at('headers'));
  yield* checkCors(rule.at('corsPolicy'));
  yield* checkFault(rule.at('fault'));
  yield* checkMirrors(rule);
  yield* checkRedirect(rule.at('redirect'));
  yield* checkDirectResponse(rule.at('directResponse'));
  yield* checkRetries(rule.at('retries'));
  yield* checkRewrite(rule.at('rewrite'));
  yield* checkAuthority(rule);
  yield* checkDestinations(rule.at('route'));
  yield* checkDuration(rule.at('timeout'));
}

const one = 'remove one of them';

function* checkAction(rule: Field, isDelegate: boolean): Problems {
  const has = (name: string) => rule.at(name).isSet;
  const routes = rule.at('route').items.length > 0;
  if (has('delegate') && !isDelegate) {
    const name = rule.at('name').text;
    if (has('redirect'))
      yield rule.at('redirect').refused(`root HTTP route ${name} must not specify redirect`);
    if (routes) yield rule.at('route').refused(`root HTTP route ${name} must not specify route`);
    return;
  }
  if (has('delegate')) yield rule.at('delegate').refused('delegate HTTP route cannot contain delegate');
  if (has('directResponse')) {
    if (routes)
      yield rule.at('route').refused('HTTP route cannot contain both route and direct_response', one);
    if (has('fault'))
      yield rule.at('fault').refused('HTTP route cannot contain both fault and direct_response', one);
    if (has('rewrite'))
      yield rule
        .at('rewrite')
        .refused('HTTP route rule cannot contain both rewrite and direct_response', one);
    if (has('redirect'))
      yield rule
        .at('redirect')
        .refused('HTTP route rule cannot contain both direct_response and redirect', one);
  } else if (has('redirect')) {
    if (routes) yield rule.at('route').refused('HTTP route cannot contain both route and redirect', one);
    if (has('fault'))
      yield rule.at('fault').refused('HTTP route cannot contain both fault and redirect', one);
    if (has('rewrite'))
      yield rule.at('rewrite').refused('HTTP route rule cannot contain both rewrite and redirect', one);
  } else if (!routes)
    yield rule.refused('HTTP route, redirect or direct_response is required', 'say where the requests go');
  if (has('mirror') && rule.at('mirrors').items.length > 0)
    yield rule.at('mirrors').refused('HTTP route cannot contain both mirror and mirrors', one);
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

function* checkCors(policy: Field): Problems {
  for (const origin of policy.at('allowOrigins').items) {
    if (['exact', 'prefix', 'regex'].every((name) => origin.at(name).text === ''))
      yield origin.refused(
        "'' is not a valid match type for CORS allow origins",
        'write `exact`, `prefix` or `regex`',
      );
    else yield* checkExpression(origin.at('regex'), 'corsPolicy.allowOrigins');
  }
  for (const method of policy.at('allowMethods').items)
    if (!methods.has(method.text) && method.text !== '*')
      yield method.refused(
        `"${method.text}" is not a supported HTTP method`,
        'write it in capitals, such as `GET`',
      );
  for (const name of [...policy.at('allowHeaders').items, ...policy.at('exposeHeaders').items]) {
    const fault = corsHeaderFault(name.text);
    if (fault !== undefined) yield name.refused(fault);
  }
  const maxAge = policy.at('maxAge');
  yield* checkDuration(maxAge);
  if (/[.]|ms|us|ns/.test(maxAge.text))
    yield maxAge.refused('max_age duration is accurate only to seconds precision');
}

function* checkMirrors(rule: Field): Problems {
  const share = rule.at('mirrorPercentage', 'value');
  if (share.number > 100)
    yield share.refused(`mirror_percentage must have a max value of 100 (it has ${share.number.toFixed(6)})`);
  if (share.number < 0)
    yield share.refused(`mirror_percentage must have a min value of 0 (it has ${share.number.toFixed(6)})`);
  yield* checkDestination(rule.at('mirror'));
  for (const mirror of rule.at('mirrors').items) {
    if (!mirror.at('destination').isSet) {
      yield mirror.refused('destination is required for mirrors');
      continue;
    }
    yield* checkDestination(mirror.at('destination'));
    const { number: value } = mirror.at('percentage', 'value');
    const text = value.toFixed(6);
    if (value > 100) yield mirror.refused(`mirror percentage must have a max value of 100 (it has ${text})`);
    if (value < 0) yield mirror.refused(`mirror percentage must have a min value of 0 (it has ${text})`);
  }
}

function* checkRedirect(redirect: Field): Problems {
  if (!redirect.isSet) return;
  const says = (name: string) => redirect.at(name).text !== '';
  const hasPort = redirect.at('port').isSet || redirect.at('derivePort').isSet;
  const code = redirect.at('redirectCode');
  const scheme = redirect.at('scheme');
  if (!says('uri') && !says('authority') && !says('prefixRewrite') && !hasPort && !says('scheme'))
    yield redirect.refused('redirect must specify URI, authority, scheme, or port');
  else if (code.number !== 0 && (code.number < 300 || code.number > 399))
    yield code.refused(`${code.number} is not a valid redirect code, must be 3xx`);
  else if (!['', 'http', 'https'].includes(scheme.text))
    yield scheme.refused('invalid redirect scheme, must be "http" or "https"');
}

function* checkDirectResponse(response: Field): Problems {
  if (!response.isSet) return;
  const body = response.at('body');
  const size =
    Buffer.byteLength(body.at('string').text) || Buffer.from(body.at('bytes').text, 'base64').length;
  const large = 'large direct_responses may impact control plane performance';
  if (size > MEBIBYTE) yield body.refused(`${large}, must be less than 1MB`);
  else if (size > 100 * 1024) yield body.warned(large);
  const status = response.at('status');
  if (status.number < 200 || status.number > 600)
    yield status.refused(`HTTP status ${status.number} is not in range 200-599`);
}

const errors = 'UriRegexRewrite has errors';

function* checkRewrite(rewrite: Field): Problems {
  if (!rewrite.isSet) return;
  const expression = rewrite.at('uriRegexRewrite');
  const hasUri = rewrite.at('uri').text !== '';
  if (hasUri && expression.isSet)
    yield rewrite.refused('rewrite may only contain one of URI or UriRegexRewrite');
  else if (!hasUri && !expression.isSet && rewrite.at('authority').text === '')
    yield rewrite.refused(
      'rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or UriRegexRewrite may be specified',
    );
  else if (expression.isSet) {
    const [match, replacement] = [expression.at('match'), expression.at('rewrite')];
    if (match.text === '' || replacement.text === '')
      yield expression.refused(
        `${errors}: UriRegexRewrite requires both Rewrite and Match fields to be specified`,
      );
    else
      for (const problem of checkSyntax(match, 'HTTPRewrite.UriRegexRewrite.Match'))
        yield { ...problem, message: `${errors}: ${problem.message}` };
  }
}
