import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type * as Cel from '@marcbachmann/cel-js';
import { resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema, ValidationRule } from '#mesh/apiserver/shapes/schema.ts';
import { matchesPattern } from '#mesh/apiserver/validation/scalars.ts';

type Program = (context: Context) => unknown;

const programs = new Map<string, Program | undefined>();

/** A rule ready to run; undefined for a rule that this CEL does not understand, which then has no effect. */
export function program(rule: string, oldSelf: OldSelf = 'dyn'): Program | undefined {
  const key = `${oldSelf} ${rule}`;
  if (!programs.has(key)) programs.set(key, compile(rule, oldSelf));
  return programs.get(key);
}

function compile(rule: string, oldSelf: OldSelf): Program | undefined {
  try {
    const parsed = celEnvironment(oldSelf).parse(inItsWords(rule));
    return parsed.check().valid ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The library's `has` takes no index within its argument, but `has(self[0].path)` asks for the same as `'path' in self[0]`.
 * Its `matches` takes JavaScript's expressions, not Go's.
 */
function inItsWords(rule: string): string {
  return rule
    .replace(/\bhas\((\w+(?:\.\w+|\[\w+\])*\[\w+\](?:\.\w+)*)\.(\w+)\)/g, "('$2' in $1)")
    .replaceAll('.matches(', '.matchesPattern(');
}

type Context = Readonly<Record<string, unknown>>;

/** What the rules of one place speak of: `self`, and the stored value as `oldSelf`. */
export function celContext(place: {
  readonly value: unknown;
  readonly old: unknown;
  readonly schema: Schema;
}): Context {
  return { self: celValue(place.value, place.schema), oldSelf: celValue(place.old, place.schema) };
}

/** The message of a rule that does not hold; undefined when it does. */
export function evaluateRule(rule: ValidationRule, given: Context): string | undefined {
  const run = program(rule.rule, oldSelfOf(rule));
  if (run === undefined) return undefined;
  const context = rule.optionalOldSelf ? { ...given, oldSelf: optional(given['oldSelf']) } : given;
  if (holds(run, context)) return undefined;
  return messageOf(rule, context) ?? rule.message ?? `failed rule: ${rule.rule.trim()}`;
}

const oldSelfOf = ({ optionalOldSelf }: ValidationRule): OldSelf =>
  optionalOldSelf ? 'optional<dyn>' : 'dyn';

function optional(self: unknown): unknown {
  return self === undefined ? program('optional.none()')?.({}) : program('optional.of(self)')?.({ self });
}

function messageOf(rule: ValidationRule, context: Context): string | undefined {
  if (rule.messageExpression === undefined) return undefined;
  try {
    const text = program(rule.messageExpression, oldSelfOf(rule))?.(context);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** A rule that breaks off, as `duration("soon")` does, does not hold: its message says better why than CEL's own. */
function holds(run: Program, context: Context): boolean {
  try {
    return run(context) === true;
  } catch {
    return false;
  }
}

/** A JSON value as CEL sees it by its schema: whole numbers are big, durations and times have their own types. */
function celValue(value: unknown, raw: Schema | undefined): unknown {
  const schema = raw && resolve(raw);
  if (Array.isArray(value)) return value.map((element) => celValue(element, schema?.items));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return new Map(
      entries.map(([name, inner]) => [escaped(name, schema), celValue(inner, innerSchema(name, schema))]),
    );
  }
  if (typeof value === 'number')
    return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (typeof value === 'string' && schema?.format === 'duration')
    return program('duration(self)')?.({ self: value });
  if (typeof value === 'string' && schema?.format === 'date-time') return new Date(value);
  return value;
}

function innerSchema(name: string, schema: Schema | undefined): Schema | undefined {
  if (schema?.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Properties whose names are not identifiers in CEL are escaped with words; the keys of a map stay. */
function escaped(name: string, schema: Schema | undefined): string {
  if (!schema?.properties || !Object.hasOwn(schema.properties, name)) return name;
  if (RESERVED.has(name)) return `__${name}__`;
  const words: Readonly<Record<string, string>> = {
    __: 'underscores',
    '.': 'dot',
    '-': 'dash',
    '/': 'slash',
  };
  return name.replace(/__|[.\-/]/g, (found) => `__${words[found]}__`);
}

/** A URL as Kubernetes' CEL library sees it. */
class CelUrl {
  readonly url: URL | undefined;
  constructor(text: string) {
    this.url = URL.parse(text) ?? undefined;
  }
}

/** A named format of Kubernetes' CEL library, such as a DNS label. */
class CelFormat {
  readonly pattern: RegExp;
  constructor(pattern: RegExp) {
    this.pattern = pattern;
  }
}

class CelFormats {}

const environments = new Map<OldSelf, Cel.Environment>();

/** The type of `oldSelf`, which a rule may declare optional. */
type OldSelf = 'dyn' | 'optional<dyn>';

/**
 * CEL with those functions of Kubernetes' library that the sources' CRDs use. It is loaded when the first object of a kind
 * with rules is written, not when the mesh starts.
 */
function celEnvironment(oldSelf: OldSelf): Cel.Environment {
  const environment = environments.get(oldSelf) ?? withFormats(withUrls(base(oldSelf)));
  environments.set(oldSelf, environment);
  return environment;
}

function base(oldSelf: OldSelf): Cel.Environment {
  const { Environment } = createRequire(import.meta.url)('@marcbachmann/cel-js') as typeof Cel;
  return new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', oldSelf)
    .registerFunction('string.matchesPattern(string): bool', matchesPattern)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0);
}

function withUrls(cel: Cel.Environment): Cel.Environment {
  return cel
    .registerType('KubernetesURL', CelUrl)
    .registerFunction('isURL(string): bool', (text: string) => text.startsWith('/') || URL.canParse(text))
    .registerFunction('url(string): KubernetesURL', (text: string) => new CelUrl(text))
    .registerFunction(
      'KubernetesURL.getScheme(): string',
      ({ url }: CelUrl) => url?.protocol.slice(0, -1) ?? '',
    )
    .registerFunction('KubernetesURL.getHost(): string', ({ url }: CelUrl) => url?.host ?? '')
    .registerFunction('KubernetesURL.getHostname(): string', ({ url }: CelUrl) => url?.hostname ?? '')
    .registerFunction('KubernetesURL.getPort(): string', ({ url }: CelUrl) => url?.port ?? '')
    .registerFunction('KubernetesURL.getEscapedPath(): string', ({ url }: CelUrl) => url?.pathname ?? '');
}

/** Istio compares the answer with null, so null it is when the text has the format. */
function withFormats(cel: Cel.Environment): Cel.Environment {
  const validate = ({ pattern }: CelFormat, text: string) =>
    pattern.test(text) ? null : [`must match ${pattern.source}`];
  return cel
    .registerType('KubernetesFormat', CelFormat)
    .registerType('KubernetesFormats', CelFormats)
    .registerConstant('format', 'KubernetesFormats', new CelFormats())
    .registerFunction(
      'KubernetesFormats.dns1123Label(): KubernetesFormat',
      () => new CelFormat(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/),
    )
    .registerFunction('KubernetesFormat.validate(string): dyn', validate);
}
