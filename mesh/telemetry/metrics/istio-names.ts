/** Envoy puts its own prefix before every metric, and writes labels without a value as empty. */
const PREFIX = /^(# (?:TYPE|HELP) )?envoy_(istio_\w+)/;
const EMPTY = /([{,][a-z_]+)=""/g;

/** Labels that are empty in Istio, too, where there is nothing to say. */
const MAY_BE_EMPTY = /grpc_response_status$/;

/**
 * Envoy's statistics as an Istio proxy shows them: Istio's standard metrics under their own names, and `unknown` where
 * a proxy does not know. Everything else stays as it is.
 */
export function withIstioNames(exposition: string): string {
  return exposition.split('\n').map(istioLine).join('\n');
}

function istioLine(line: string): string {
  if (!PREFIX.test(line)) return line;
  const named = line.replace(
    PREFIX,
    (_, comment: string | undefined, name: string) => (comment ?? '') + name,
  );
  return named.startsWith('#')
    ? named
    : named.replace(EMPTY, (label, start: string) =>
        MAY_BE_EMPTY.test(start) ? label : `${start}="unknown"`,
      );
}
