import type { Field, Problem, Problems } from '#mesh/istiod/config/validation/field.ts';

const headerName = /^[-_A-Za-z0-9]+$/;
/** The parts of a request that HTTP/2 carries as headers. */
const pseudoHeader = /^:(?:authority|method|path|scheme|status)$/;
const claim = /^@request\.auth\.claims(?:\.|\[|$)/;

/** Whether a name of a header match is about a claim of a token. */
export function isClaim(name: string): boolean {
  return claim.test(name);
}

/** What is wrong with the name of a header that a request is matched by. */
export function headerFault(name: string): string | undefined {
  return pseudoHeader.test(name) ? undefined : plainHeaderFault(name);
}

/** What is wrong with a header's name in a CORS policy, where `*` means all. */
export function corsHeaderFault(name: string): string | undefined {
  return name === '*' ? undefined : plainHeaderFault(name);
}

function plainHeaderFault(name: string): string | undefined {
  if (name === '') return 'header name cannot be empty';
  return headerName.test(name) ? undefined : `header name ${name} is not a valid header name`;
}

/** The `headers` of a rule or destination. */
export function* checkHeaderOperations(headers: Field): Problems {
  for (const side of ['request', 'response'] as const) {
    const operations = headers.at(side);
    for (const kind of ['add', 'set'] as const)
      for (const [name, value] of operations.at(kind).entries) {
        yield* side === 'request' ? written(name, value) : changed(name, value);
        yield* checkHeaderValue(value);
      }
    for (const name of operations.at('remove').items) yield* changed(name.text, name);
  }
}

const isAuthority = (name: string) => [':authority', 'host'].includes(name.toLowerCase());

function* written(name: string, field: Field): Problems {
  if (name === '') yield field.refused('header name cannot be empty');
  else if (name.startsWith(':') && !isAuthority(name)) yield withoutColon(name, field);
}

function* changed(name: string, field: Field): Problems {
  if (name === '') yield field.refused('header name cannot be empty');
  else if (name.toLowerCase() === 'host')
    yield field.refused(`invalid header "${name}": cannot set Host header`);
  else if (name.startsWith(':')) yield withoutColon(name, field);
}

function withoutColon(name: string, field: Field): Problem {
  return field.refused(`invalid header "${name}": header cannot have ":" prefix`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header must not have
const controlCharacter = /[\u0000-\u0008\u000A-\u001F\u007F]/;

/** Envoy fills in what stands between two percent signs. */
function* checkHeaderValue(value: Field): Problems {
  if (controlCharacter.test(value.text))
    yield value.refused(`header value configuration ${value.text} is invalid`);
  // `%%` is one percent sign, and `%NAME%` a variable.
  const rest = value.text.replaceAll('%%', '').replaceAll(/%[^%]+%/g, '');
  if (!rest.includes('%')) return;
  const fault = rest.endsWith('%') ? 'Un-escaped %' : `Un-terminated variable expression '${value.text}'`;
  yield value.refused(
    `header value configuration: invalid header configuration. ${fault}`,
    'write `%%` for a percent sign',
  );
}

/** The authority of a request may be written in one place only. */
export function* checkAuthority(rule: Field): Problems {
  let current = rule.at('rewrite', 'authority').text;
  for (const kind of ['set', 'add'])
    for (const [name, value] of rule.at('headers', 'request', kind).entries) {
      if (!isAuthority(name)) continue;
      if (current !== '')
        yield value.refused(
          `authority header cannot be set multiple times: have "${current}", attempting to set "${value.text}"`,
        );
      current = value.text;
    }
}
