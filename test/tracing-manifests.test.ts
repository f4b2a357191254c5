import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectGoldenText } from '#test/golden.ts';

const K8S = join(import.meta.dirname, '../k8s');
const chain = readFileSync(join(K8S, 'chain.yaml'), 'utf8');

/** What a variant's ConfigMap says more than the chain's own. */
const VARIANTS = {
  simple: `  # The SDK passes the trace on by itself; it sends its spans nowhere until a collector is named here.
  TRACING: simple
`,
  full: `  TRACING: full
  # Jaeger's agent: k8s/monitoring/jaeger.yaml. Spans go there by UDP, which sidecars let pass.
  JAEGER_HOST: jaeger-agent.istio-system
  JAEGER_PORT: "6832"
  # After so many milliseconds at most, so that a request's spans can be looked at soon.
  OTEL_BSP_SCHEDULE_DELAY: "1000"
`,
} as const;

const HEAD = (
  variant: string,
) => `# The chain of k8s/chain.yaml with OpenTelemetry in its programs (docs/tracing.md), in place of it: applied on top, it
# replaces the four Deployments. It differs in the ConfigMap alone, whose name the Deployments carry, so that the pods
# are made anew. Made from k8s/chain.yaml by \`make golden\`; TRACING is \`${variant}\`.
#
`;

/** The chain's manifest with another ConfigMap. */
function variantOf(variant: keyof typeof VARIANTS): string {
  const name = `chain-opentelemetry-${variant}`;
  const text = chain
    .replace('kind: ConfigMap\nmetadata:\n  name: chain\n', `kind: ConfigMap\nmetadata:\n  name: ${name}\n`)
    .replace('  LOG_LEVEL: info\n', `  LOG_LEVEL: info\n${VARIANTS[variant]}`)
    .replaceAll('configMapRef: {name: chain}', `configMapRef: {name: ${name}}`);
  return HEAD(variant) + text;
}

test.each(['simple', 'full'] as const)(
  'chain-opentelemetry-%s.yaml is the chain with another ConfigMap',
  (variant) => {
    const text = variantOf(variant);
    expect(text.split(`name: chain-opentelemetry-${variant}`)).toHaveLength(6);
    expect(text).toContain(`  TRACING: ${variant}\n`);
    expectGoldenText(join(K8S, `chain-opentelemetry-${variant}.yaml`), text);
  },
);
