import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Diagnostic, formatDiagnostic } from '#mesh/diagnostic.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { expectGoldenText, type GoldenCase, goldenCases } from '#test/golden.ts';
import type { Verdicts } from '#test/manifests/istio-verdicts.ts';

const cases = goldenCases(join(import.meta.dirname, 'testdata'), '.out.txt');

/** What a resource's definition refuses, which `istioctl validate` does not read. */
const byDefinition = new Set(['issuer-empty']);

/** `name.istio.yaml` is what the real istioctl says of each manifest; test/istioctl-verdicts.process.test.ts records it. */
describe.each(cases)('$name', (golden) => {
  const recorded = join(import.meta.dirname, 'testdata', `${golden.name}.istio.yaml`);
  const verdicts = existsSync(recorded) ? (parse(readFileSync(recorded, 'utf8')) as Verdicts) : {};
  const found = diagnosticsOf(golden);

  it('says what it says', () => {
    expectGoldenText(golden.out, `${found.map(formatDiagnostic).join('\n')}\n`);
  });

  it.each(namesIn(golden))('%s: refused, or taken, as Istio does', (name) => {
    const own = found.filter(({ resource }) => resource?.endsWith(`/${name}`));
    const { refused = [], warned = [] } = verdicts[name] ?? {};
    const errors = own.filter(({ severity }) => severity === 'error');
    const shape = errors.filter(({ code }) => code.startsWith('M101-'));
    if (shape.length > 0) return expect(refused.length > 0 || byDefinition.has(name)).toBe(true);
    expect(errors.map(reason).sort()).toEqual([...refused].map(plain).sort());
    const warnings = own.filter(({ code }) => code === 'IST0133');
    // Rules that no request reaches are the analysis's to find.
    const others = warned.filter((message) => !/^virtualService rule/.test(message));
    expect(warnings.map(reason).sort()).toEqual(others.map(plain).sort());
    return undefined;
  });
});

function diagnosticsOf({ name, text }: GoldenCase): readonly Diagnostic[] {
  const loaded = loadManifest({ file: `${name}.in.yaml`, text });
  return parseResources(loaded.documents, { namespace: 'default' }).diagnostics;
}

function namesIn({ text }: GoldenCase): readonly string[] {
  return [...text.matchAll(/^metadata: \{name: ([^,]+),/gm)].map(([, name]) => name ?? '');
}

/** Without the field that leads it and the value that ends it. */
function reason({ message }: Diagnostic): string {
  return plain(message.replace(/^`.*?`: /, '').replace(/, found (string|number|boolean) .*$/, ''));
}

/** Without what Go's libraries say in their own words. */
function plain(message: string): string {
  return message
    .replace(/^invalid policy \S+: /, '')
    .replace(
      /^(.*?(?:error parsing regexp|jwks parse error|bad port \(.*?\)|bad CIDR range \(.*?\)|error occurred|port name must be set|UriRegexRewrite has errors)).*$/s,
      '$1',
    )
    .replace(/(with invalid value \(.*?\)).*$/, '$1');
}
