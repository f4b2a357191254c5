import { formatPosition } from '#mesh/diagnostic.ts';
import { diagnose, duplicates, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import type { Sidecar } from '#mesh/istiod/config/schema/resource.ts';

/** IST0111: two Sidecars without workloadSelector in one namespace; the older one applies. */
export const namespaceSidecars: Rule = (analysis) =>
  duplicates(
    analysis.of('Sidecar').filter(({ spec }) => !spec.workloadSelector),
    ({ metadata }) => metadata.namespace,
  ).map(([sidecar, older]) =>
    diagnose(sidecar, ['metadata', 'name'], {
      severity: 'warning',
      code: 'IST0111',
      message: `namespace ${sidecar.metadata.namespace} already has the Sidecar ${titleOf(older)} for all workloads, which applies`,
      fix: 'join the two, or select workloads with `workloadSelector`',
    }),
  );

/** IST0110: two Sidecars that select the same workload; the older one applies. */
export const selectedSidecars: Rule = (analysis) => {
  const selecting = analysis.of('Sidecar').filter(({ spec }) => spec.workloadSelector);
  return selecting.flatMap((sidecar, index) => {
    const { namespace } = sidecar.metadata;
    const older = selecting
      .slice(0, index)
      .find((other) => other.metadata.namespace === namespace && haveCommonPods(other, sidecar));
    if (!older) return [];
    return [
      diagnose(sidecar, ['spec', 'workloadSelector'], {
        severity: 'warning',
        code: 'IST0110',
        message: `the Sidecar ${titleOf(older)} selects the same workload, and applies`,
        fix: 'make the two selectors differ, or join the two',
      }),
    ];
  });

  function haveCommonPods(one: Sidecar, other: Sidecar): boolean {
    return analysis.workloads
      .selectedBy(one.spec.workloadSelector?.labels ?? {}, one.metadata.namespace)
      .some(({ spec }) => selects(other.spec.workloadSelector?.labels ?? {}, spec.template.metadata.labels));
  }
};

function titleOf(sidecar: Sidecar): string {
  return `\`${sidecar.metadata.name}\` (${formatPosition(sidecar.document.at(['metadata', 'name']))})`;
}
