import { stringify } from 'yaml';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import type { Case } from '#test/conformance/case.ts';
import { filled, imaginaryAddresses, placesOf } from '#test/conformance/side.ts';
import { createTokens } from '#test/conformance/tokens.ts';
import { worldObjects } from '#test/conformance/world.ts';

const tokens = createTokens();
const OUTSIDE = { http: 41, tls: 42, tcp: 43 };
const places = placesOf('10.0.0.1', [OUTSIDE, OUTSIDE], imaginaryAddresses());

/** Both namespaces of the world have sidecars. */
const DEFAULT: Draft = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'default', labels: { 'istio-injection': 'enabled' } },
};

/** What a case applies, as istioctl and the analysis are asked about it. */
export const caseObjects = ({ steps }: Case): readonly Draft[] => filled(steps.flat(), tokens, places);

/** The world, without which references lead nowhere. */
export const surroundings = (): readonly Draft[] => [DEFAULT, ...worldObjects()];

export function manifest(objects: readonly Draft[]): string {
  return objects.map((object) => stringify(object)).join('---\n');
}
