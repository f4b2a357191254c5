import { type Diagnostic, formatDiagnostic } from '#mesh/diagnostic.ts';

const code = 'M101-without-effect';

const scaling =
  'HorizontalPodAutoscaler and PodDisruptionBudget are accepted, without effect: the laptop does not autoscale and drains no nodes; `replicas` of the Deployment decides';

/** Kinds about which a cluster's operator decides: valid, and of no consequence on a laptop. */
const reasons: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: scaling,
  PodDisruptionBudget: scaling,
};

/** What to say about an object of a kind that has nothing to do on a laptop. */
export function withoutEffect(kind: string): Pick<Diagnostic, 'code' | 'message'> | undefined {
  const message = Object.hasOwn(reasons, kind) ? reasons[kind] : undefined;
  return message === undefined ? undefined : { code, message };
}

/** A manifest for scaling holds many such objects; one warning for each file says it all. */
export function warnedOnce(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const said = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    if (diagnostic.code !== code) return true;
    const { position, ...rest } = diagnostic;
    const key = `${position?.file}: ${formatDiagnostic(rest)}`;
    return said.size < said.add(key).size;
  });
}
