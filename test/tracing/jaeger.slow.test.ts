import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '#test/components/component.ts';
import { type Jaeger, type JaegerSpan, jaeger, startJaeger } from '#test/components/jaeger.ts';
import { type JaegerAgent, startAgent } from '#test/components/jaeger-agent.ts';
import { startTracedChain, type TracedChain } from '#test/tracing/traced-chain.ts';
import { type Node, outline, shortName } from '#test/tracing/tree.ts';

/** The outline of a service's part of a trace, and what is below. */
const hop = (service: string, below: readonly string[]) => [
  `${service}: GET /`,
  `  ${service}: fibonacci`,
  `    ${service}: wait`,
  `  ${service}: GET`,
  ...below.map((line) => `    ${line}`),
];
const out = (service: string, to: string, cluster: string, below: readonly string[]) => [
  `${service}.default: ${to}:80/*`,
  `  ${service}.default: outbound|80|${cluster}|${to}`,
  ...below.map((line) => `    ${line}`),
];
const through = (service: string, below: readonly string[]) => [
  `${service}.default: ${service}:80/*`,
  ...below.map((line) => `  ${line}`),
];

const BACKEND = through('backend', hop('backend-prod', out('backend', 'time.jsontest.com', '', [])));
const CANARY = through('middleware', hop('middleware-canary', out('middleware', 'backend', 'prod', BACKEND)));
const FRONTEND = through('frontend', hop('frontend-prod', out('frontend', 'middleware', 'canary', CANARY)));
const WHOLE = [
  'istio-ingressgateway.istio-system: frontend:80/*',
  '  istio-ingressgateway.istio-system: outbound|80|prod|frontend',
  ...FRONTEND.map((line) => `    ${line}`),
];

describe('traces in a real Jaeger', needs(jaeger), () => {
  let jaeger: Jaeger;
  let agent: JaegerAgent;
  let chain: TracedChain;
  beforeAll(async () => {
    jaeger = await startJaeger();
    agent = await startAgent(jaeger);
    chain = await startTracedChain(jaeger.zipkinUrl, readNodes);
    const manifest = join(chain.mesh.env['MESH_HOME'] ?? '', 'chain-jaeger.yaml');
    await writeFile(manifest, await withAgentAt(agent.port));
    await chain.deploy(manifest);
  });
  afterAll(async () => {
    await chain?.mesh.close();
    await agent?.close();
    await jaeger?.close();
  });

  const readNodes = async (id: string) => {
    const trace = await jaeger.trace(id);
    return (trace?.spans ?? []).map((span) => nodeOf(span, trace?.processes[span.processID]?.serviceName));
  };

  it("have Envoy's spans and those that the services sent as Thrift by UDP", async () => {
    const trace = await chain.traceOf({ headers: { 'x-dev-user': 'super-secret' }, status: 200, spans: 23 });
    expect(outline(trace)).toEqual(WHOLE);
    expect(agent.failures).toEqual([]);
  });

  it('mark what has failed', async () => {
    const trace = await chain.traceOf({ headers: { fail: '1' }, status: 500, spans: 13 });
    const failed = trace.filter(({ label }) => label === 'frontend-prod: GET /');
    expect(failed.map(({ tags }) => tags['error'])).toEqual(['true', 'true', 'true', 'true']);
  });
});

/** The full variant, whose spans go to this agent and nowhere else. */
async function withAgentAt(port: number): Promise<string> {
  const text = await readFile('k8s/chain-opentelemetry-full.yaml', 'utf8');
  return text
    .replace('JAEGER_HOST: jaeger-agent.istio-system', 'JAEGER_HOST: 127.0.0.1')
    .replace('JAEGER_PORT: "6832"', `JAEGER_PORT: "${port}"\n  ZIPKIN_URL: ""`);
}

function nodeOf({ spanID, references, operationName, tags, startTime }: JaegerSpan, service = ''): Node {
  return {
    id: spanID,
    parent: references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
    label: `${service}: ${shortName(operationName)}`,
    start: startTime,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, String(value)])),
  };
}
