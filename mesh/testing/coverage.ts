import { formatPosition, type Position } from '#mesh/diagnostic.ts';
import { documentOf, type GatewayApiObjects } from '#mesh/istiod/config/gateway-api/objects.ts';
import { resourceTitle } from '#mesh/istiod/config/resources.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import type { ImaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import type { Outcome } from '#mesh/testing/outcome.ts';

/** What of the manifests the tests have met. */
export interface Coverage {
  readonly rules: Covered;
  readonly policies: Covered;
}

export interface Covered {
  readonly all: number;
  readonly met: number;
  readonly missed: readonly Missed[];
}

export interface Missed {
  /** `VirtualService default/reviews, rule 2 (canary)`. */
  readonly name: string;
  readonly position: Position;
}

/** Which rules of VirtualServices and of Gateway API's routes for requests, and which AuthorizationPolicies no outcome has met. */
export function coverageOf(
  described: readonly Pick<ImaginaryMesh, 'resources' | 'gatewayApi'>[],
  outcomes: readonly Outcome[],
): Coverage {
  const resources = described.flatMap((one) => one.resources);
  const origins = new Set(outcomes.flatMap(({ origin }) => origin ?? []));
  const policies = new Set(outcomes.flatMap((outcome) => outcome.policies));
  return {
    rules: covered([...rulesOf(resources), ...gatewayApiRules(described)], ({ position }) =>
      origins.has(formatPosition(position)),
    ),
    policies: covered(policiesOf(resources), ({ key }) => policies.has(key)),
  };
}

function covered<T extends Missed>(all: readonly T[], isMet: (one: T) => boolean): Covered {
  const missed = all.filter((one) => !isMet(one)).map(({ name, position }) => ({ name, position }));
  return { all: all.length, met: all.length - missed.length, missed };
}

function rulesOf(resources: readonly Resource[]): readonly Missed[] {
  return unique(ofKind(resources, 'VirtualService')).flatMap(({ metadata, spec, document }) =>
    spec.http.map(({ name }, index) => ({
      name: `VirtualService ${metadata.namespace}/${metadata.name}, ${ruleTitle(index, name)}`,
      position: document.at(['spec', 'http', index]),
    })),
  );
}

function ruleTitle(index: number, name: string | undefined): string {
  return `rule ${index + 1}${name ? ` (${name})` : ''}`;
}

function gatewayApiRules(described: readonly Pick<ImaginaryMesh, 'gatewayApi'>[]): readonly Missed[] {
  const rules = described.flatMap(({ gatewayApi }) => (gatewayApi ? routeRules(gatewayApi) : []));
  return [...new Map(rules.map((rule) => [formatPosition(rule.position), rule])).values()];
}

function routeRules(objects: GatewayApiObjects): readonly Missed[] {
  return [...objects.httpRoutes, ...objects.grpcRoutes].flatMap((route) =>
    (route.spec.rules ?? []).map(({ name }, index) => ({
      name: `${resourceTitle(route)}, ${ruleTitle(index, name)}`,
      position: documentOf(route, objects).at(['spec', 'rules', index]),
    })),
  );
}

function policiesOf(resources: readonly Resource[]) {
  return unique(ofKind(resources, 'AuthorizationPolicy')).map(({ metadata, document }) => {
    const key = `${metadata.namespace}/${metadata.name}`;
    return { key, name: `AuthorizationPolicy ${key}`, position: document.at(['metadata', 'name']) };
  });
}

/** Several files of tests may name the same manifest. */
function unique<T extends Resource>(resources: readonly T[]): readonly T[] {
  const keyed = resources.map((one) => [formatPosition(one.document.at(['kind'])), one] as const);
  return [...new Map(keyed).values()];
}
