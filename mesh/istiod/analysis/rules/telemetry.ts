import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { labelText } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { PROVIDERS } from '#mesh/istiod/config/build/telemetry.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { ROOT_NAMESPACE } from '#mesh/istiod/config/resources.ts';
import type { Telemetry } from '#mesh/istiod/config/schema/resource.ts';

/**
 * M101-unknown-provider: a provider that the laptop does not have; IST0159 and IST0160: several resources for the same
 * pods, of which Istio uses one; IST0127: a selector that selects no pod.
 */
export const telemetry: Rule = (analysis) => {
  const all = analysis.of('Telemetry');
  return [
    ...all.flatMap((one) => [...unknownProviders(one), ...selectorProblems(analysis, one)]),
    ...rivals(analysis, all),
  ];
};

const SECTIONS = ['tracing', 'accessLogging', 'metrics'] as const;

function unknownProviders(telemetry: Telemetry): readonly Diagnostic[] {
  return SECTIONS.flatMap((section) =>
    telemetry.spec[section].flatMap(({ providers }, entry) =>
      providers.flatMap(({ name }, index) => {
        const known = PROVIDERS[section];
        if (name === known) return [];
        return [
          diagnose(telemetry, ['spec', section, entry, 'providers', index, 'name'], {
            severity: 'warning',
            code: 'M101-unknown-provider',
            message: `the laptop has no provider \`${name}\` for ${section}; as in Istio, nothing is reported to it`,
            fix: `write \`${known}\`, or leave \`providers\` out`,
          }),
        ];
      }),
    ),
  );
}

function selectorProblems(analysis: Analysis, telemetry: Telemetry): readonly Diagnostic[] {
  const labels = labelsOf(telemetry);
  const { namespace } = telemetry.metadata;
  if (Object.keys(labels).length === 0 || analysis.workloads.selectedBy(labels, namespace).length > 0)
    return [];
  // The gateway's pods have no Deployment among the files.
  if (namespace === ROOT_NAMESPACE) return [];
  return [
    warning(telemetry, ['spec', 'selector'], {
      code: 'IST0127',
      message: `no pod has the labels ${labelText(labels)}, so the resource has no effect`,
      fix: "write labels that are in a Deployment's `spec.template.metadata.labels`",
    }),
  ];
}

function rivals(analysis: Analysis, all: readonly Telemetry[]): readonly Diagnostic[] {
  const whole = all.filter((one) => Object.keys(labelsOf(one)).length === 0);
  const selective = all.filter((one) => Object.keys(labelsOf(one)).length > 0);
  const podsOf = (one: Telemetry) => analysis.workloads.selectedBy(labelsOf(one), one.metadata.namespace);
  const sharing = selective.flatMap((one, index) => {
    const pods = new Set(podsOf(one));
    const earlier = selective.slice(0, index).find((other) => podsOf(other).some((pod) => pods.has(pod)));
    return earlier ? [[one, earlier] as const] : [];
  });
  return [
    ...duplicates(whole, ({ metadata }) => metadata.namespace).map((pair) =>
      rival(pair, 'IST0160', 'is for the whole namespace too'),
    ),
    ...sharing.map((pair) => rival(pair, 'IST0159', 'selects some of the same pods')),
  ];
}

function rival([one, earlier]: readonly [Telemetry, Telemetry], code: string, what: string): Diagnostic {
  const where = formatPosition(earlier.document.at(['metadata', 'name']));
  return warning(one, ['metadata', 'name'], {
    code,
    message: `Telemetry \`${earlier.metadata.name}\` (${where}) ${what}, and Istio uses only the older`,
    fix: 'write both as one resource',
  });
}

function warning(
  telemetry: Telemetry,
  path: YamlPath,
  problem: { readonly code: string; readonly message: string; readonly fix: string },
): Diagnostic {
  return diagnose(telemetry, path, { severity: 'warning', ...problem });
}

function labelsOf({ spec }: Telemetry): Readonly<Record<string, string>> {
  return spec.selector?.matchLabels ?? {};
}
