import randExpModule from 'randexp';
import { fullMatch } from '#mesh/istiod/explain/matchers.ts';
import type { RouteMatch, StringMatch } from '#mesh/istiod/model/route.ts';

// The package's types speak of `exports.default`, its code is `module.exports`.
const RandExp = randExpModule as unknown as typeof randExpModule.default;

/** A value that a match takes, and what stands for it in a sentence. */
export interface Sample {
  readonly value: string;
  readonly label: string;
}

/** Values that a match takes: of a prefix the shortest one and a longer one, of a regular expression the first that it can make. */
export function samplesOf(match: StringMatch): readonly Sample[] {
  if ('exact' in match) return [{ value: match.exact, label: match.exact }];
  if ('present' in match) return [{ value: 'any', label: '*' }];
  if ('regex' in match) return regexSamples(match.regex);
  const { prefix } = match;
  const longer = `${prefix}${prefix.endsWith('/') ? '' : '/'}x`;
  return [prefix, longer].map((value) => ({ value, label: `${prefix}*` }));
}

function regexSamples(regex: string): readonly Sample[] {
  const body = regex.replace(/^\(\?[imsU]+\)/, '');
  try {
    const generator = new RandExp(new RegExp(body));
    // The first of every choice, so that the same manifests give the same samples.
    generator.randInt = (from: number) => from;
    const value = generator.gen();
    return fullMatch(regex, value) ? [{ value, label: `~${regex}` }] : [];
  } catch {
    return [];
  }
}

/** Conditions of a request that a route may ask for; each dimension is varied by itself. */
export interface Dimensions {
  readonly paths: readonly Sample[];
  readonly methods: readonly Sample[];
  /** Headers that are sent together; none for a request without any. */
  readonly headers: readonly HeaderSample[];
  readonly queries: readonly Sample[];
}

export interface HeaderSample {
  readonly headers: Readonly<Record<string, string>>;
  readonly label: string;
}

/** For what no route names. */
const OTHERWISE: Sample = { value: '/other', label: 'other paths' };
const ROOT: Sample = { value: '/', label: '/' };
const GET: Sample = { value: 'GET', label: 'GET' };
export const NO_HEADERS: HeaderSample = { headers: {}, label: '' };
const NO_QUERY: Sample = { value: '', label: '' };

/** Everything that the routes of a host tell apart. */
export function dimensionsOf(matches: readonly RouteMatch[]): Dimensions {
  return {
    paths: byValue([...matches.flatMap(({ uri }) => (uri ? samplesOf(uri) : [])), ROOT, OTHERWISE]),
    methods: byValue([GET, ...matches.flatMap(({ method }) => (method ? samplesOf(method) : []))]),
    headers: byLabel([NO_HEADERS, ...matches.flatMap(headerSamples)]),
    queries: byValue([NO_QUERY, ...matches.flatMap(querySamples)]),
  };
}

function headerSamples({ headers = {}, withoutHeaders = {} }: RouteMatch): readonly HeaderSample[] {
  const together = headerSample(headers);
  const unwanted = Object.entries(withoutHeaders).flatMap(([name, match]) => headerSample({ [name]: match }));
  return [...together, ...unwanted];
}

function headerSample(matches: Readonly<Record<string, StringMatch>>): readonly HeaderSample[] {
  const entries = Object.entries(matches).flatMap(([name, match]) => {
    const [sample] = samplesOf(match);
    return sample ? [{ name: name.toLowerCase(), ...sample }] : [];
  });
  if (entries.length === 0) return [];
  const headers = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  return [{ headers, label: entries.map(({ name, label }) => `${name}: ${label}`).join(', ') }];
}

function querySamples({ queryParams = {} }: RouteMatch): readonly Sample[] {
  const entries = Object.entries(queryParams).flatMap(([name, match]) => {
    const [sample] = samplesOf(match);
    return sample ? [{ name, ...sample }] : [];
  });
  if (entries.length === 0) return [];
  return [
    {
      value: `?${new URLSearchParams(Object.fromEntries(entries.map(({ name, value }) => [name, value])))}`,
      label: entries.map(({ name, label }) => `${name}=${label}`).join('&'),
    },
  ];
}

/** The first of equals: a route's own label before that of everything else. */
function byValue(samples: readonly Sample[]): readonly Sample[] {
  return [...new Map(samples.toReversed().map((sample) => [sample.value, sample])).values()].toReversed();
}

function byLabel(samples: readonly HeaderSample[]): readonly HeaderSample[] {
  return [...new Map(samples.map((sample) => [sample.label, sample])).values()];
}
