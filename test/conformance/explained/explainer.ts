import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { explain } from '#mesh/istiod/explain/explain.ts';
import type { Explanation } from '#mesh/istiod/explain/explanation.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { entranceOf } from '#mesh/testing/callers.ts';
import { imagine } from '#mesh/testing/imaginary-mesh.ts';
import type { Case, CaseRequest } from '#test/conformance/case.ts';
import { worldSecrets } from '#test/conformance/certificates.ts';
import { explainedFacts, OUTSIDE } from '#test/conformance/explained/facts.ts';
import { type Question, questionOf } from '#test/conformance/question.ts';
import { filled, imaginaryAddresses, inPlace, placesOf } from '#test/conformance/side.ts';
import { createTokens } from '#test/conformance/tokens.ts';
import { meshConfiguration, PODS, worldObjects } from '#test/conformance/world.ts';

/** Explains the requests of cases in the world that nobody starts. */
export interface Explainer {
  /** What `mesh explain` says of a request, in the words of the record. */
  facts(one: Case, request: CaseRequest): readonly string[];
}

export async function createExplainer(): Promise<Explainer> {
  const tokens = createTokens();
  const places = placesOf('127.0.0.1', OUTSIDE, imaginaryAddresses());
  const world = [...worldObjects(), meshConfiguration(), ...(await worldSecrets())].map(documentOf);
  const meshes = new WeakMap<Case, Mesh>();
  const meshOf = (one: Case) => {
    const documents = () => [...world, ...filled(aged(one), tokens, places).map(documentOf)];
    const options = { namespace: 'default', outboundPolicy: 'REGISTRY_ONLY' } as const;
    const mesh = meshes.get(one) ?? imagine(documents(), options).mesh;
    meshes.set(one, mesh);
    return mesh;
  };
  return {
    facts: (one, request) => {
      const question = questionOf(request, (text) => inPlace(text, tokens, places));
      return explainedFacts(explained(meshOf(one), question), question);
    },
  };
}

/** An object as if it stood alone in a file. */
export function documentOf(value: Draft): ManifestDocument {
  const file = `${value.kind} ${value.metadata.name}`;
  return { file, value, at: () => ({ file, line: 1, column: 1 }) };
}

/** The objects of a case; each step is a second younger than the one before. */
function aged({ steps }: Case): Draft[] {
  return steps.flatMap((step, index) => {
    const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
    return step.map((object) => ({ ...object, metadata: { ...object.metadata, creationTimestamp } }));
  });
}

function explained(mesh: Mesh, question: Question): Explanation {
  const { from, method, authority, gatewayPort, path, headers, request, port } = question;
  const { hostname } = new URL(`http://${authority}`);
  const pod = PODS[from];
  const caller = pod ? `${pod.namespace}/${from}` : 'gateway';
  const entrance = entranceOf(mesh, { from: caller, sidecar: pod?.sidecar !== false }, 'default');
  return explain({
    ...{ mesh, ...entrance },
    request: {
      ...{ scheme: request.tls ? 'https' : 'http', host: hostname, method, path },
      port: pod ? port : gatewayPort,
      // A sidecar sees nothing of what is in a tunnel.
      ...(!(pod && request.tls) && { authority }),
      ...(request.tls && { serverName: request.tls.sni ?? '' }),
      headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    },
  });
}
