import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { worldSecrets } from '#test/conformance/certificates.ts';
import { documentOf } from '#test/conformance/explained/explainer.ts';
import { caseObjects, surroundings } from '#test/conformance/verdicts/manifests.ts';

/** Codes of istioctl that the analysis leaves out, and why. */
const LEFT_OUT: readonly (readonly [code: string, why: string, of: (one: Case) => boolean])[] = [
  ['IST0175', 'it asks for a variable of istiod, which fetches no keys on the laptop', () => true],
  [
    'IST0174',
    'istioctl takes a wildcard for a service that is missing, although the rule works',
    ({ steps }) => steps.flat().some(({ spec }) => `${(spec as { host?: string }).host}`.startsWith('*')),
  ],
  ['IST0133', 'it repeats what the webhook warns of, which the write itself brings', saysMoreAtWrite],
  [
    'IST0151',
    'a filter that is placed beside another does nothing if that is missing, as the case shows',
    isPatch,
  ],
  ['IST0153', 'it is about how a patch is written, not about what it does', isPatch],
  ['IST0154', 'it is about how a patch is written, not about what it does', isPatch],
  [
    'IST0128',
    'without its Secret TLS is left out, which the write itself says',
    ({ name }) => name.startsWith('credential-'),
  ],
  [
    'IST0173',
    'istioctl looks for pods alone, and the subset has WorkloadEntries',
    ({ group }) => group === 'workload-entries',
  ],
];

const OLD_FORMS: ReadonlySet<string> = new Set([
  ...['warmup-in-its-older-spelling', 'cors-origin-old-form', 'mirror-percent-old-form'],
]);

/** Codes that the analysis has more, and why. */
const MORE: typeof LEFT_OUT = [
  [
    'IST0002',
    'the laptop warns of each field that the API calls deprecated, istioctl of some',
    ({ name }) => OLD_FORMS.has(name),
  ],
  ...['IST0101', 'IST0174'].map(
    (code) =>
      [
        code,
        'the Service of the installed gateway is no file',
        ({ steps }: Case) => {
          const kinds = code === 'IST0174' ? ['DestinationRule'] : ['VirtualService'];
          const naming = steps.flat().filter((object) => kinds.includes(object.kind));
          return JSON.stringify(naming).includes('"host":"istio-ingressgateway.istio-system');
        },
      ] as const,
  ),
];

/** Of a field that is not there, the analysis warns as well. */
function saysMoreAtWrite(one: Case): boolean {
  const { name } = one;
  return (isPatch(one) && name !== 'unknown-field-in-a-value') || name === 'mirror-percent-old-form';
}

function isPatch({ group }: Case): boolean {
  return group === 'envoy-filters';
}

let world: readonly Draft[] = [];
beforeAll(async () => {
  world = [...surroundings(), ...(await worldSecrets())];
});

/** The codes of the real istioctl are recorded by analyze.slow.test.ts. */
describe.each(caseGroups())('%s: the analysis finds what istioctl finds', (group) => {
  const file = join(import.meta.dirname, 'codes', `${group}.yaml`);
  const recorded = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly string[]>>;
  // What is refused never meets other objects.
  const cases = loadCases(group).filter(({ name, refused }) => name in recorded && refused === undefined);
  test.each(cases.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const left = LEFT_OUT.flatMap(([code, , isSo]) => (isSo(one) ? [code] : []));
    const more = MORE.flatMap(([code, , isSo]) => (isSo(one) ? [code] : []));
    const wanted = [...(recorded[name]?.filter((code) => !left.includes(code)) ?? []), ...more];
    expect(codesOf(one)).toEqual(wanted.sort());
  });
});

test('what Istio refuses is refused with a reason, and nothing else', () => {
  const wrong = caseGroups()
    .flatMap(loadCases)
    .filter((one) => diagnosticsOf(one).some(isError) !== (one.refused !== undefined));
  expect(wrong.map(({ group, name }) => `${group}: ${name}`)).toEqual([]);
});

const isError = ({ severity }: Diagnostic) => severity === 'error';

/** Of each object by itself. */
function diagnosticsOf(one: Case): readonly Diagnostic[] {
  return parseResources(caseObjects(one).map(documentOf), { namespace: 'default' }).diagnostics;
}

/** Istio's; the laptop's own begin with M101. */
function codesOf(one: Case): readonly string[] {
  const documents = [...world, ...caseObjects(one)].map(documentOf);
  const { resources } = parseResources(documents, { namespace: 'default' });
  const codes = [...diagnosticsOf(one), ...analyze(resources)].map(({ code = '' }) => code);
  return [...new Set(codes)].filter((code) => code.startsWith('IST')).sort();
}
