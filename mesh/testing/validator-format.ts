import { z } from 'zod';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { expectation } from '#mesh/istiod/config/schema/issue-diagnostic.ts';
import { schemaDiagnostics } from '#mesh/testing/schema-issues.ts';
import type { ReadTests, TestCase, WantedDestination } from '#mesh/testing/test-case.ts';
import type { Expectation } from '#mesh/testing/test-file.ts';

const destination = z.object({
  host: z.string(),
  subset: z.string().exactOptional(),
  port: z.object({ number: z.int() }).exactOptional(),
});
const redirect = z.object({
  uri: z.string().exactOptional(),
  authority: z.string().exactOptional(),
  redirectCode: z.int().exactOptional(),
});

const testCase = z.strictObject({
  description: z.string(),
  wantMatch: z.boolean().default(false),
  /** Its older name. */
  isMatch: z.boolean().exactOptional(),
  request: z.strictObject({
    authority: z.array(z.string()).min(1),
    method: z.array(z.string()).min(1),
    uri: z.array(z.string()).min(1),
    headers: z.record(z.string(), z.string()).default({}),
  }),
  route: z.array(z.object({ destination, weight: z.number().exactOptional() })).exactOptional(),
  destination: destination.exactOptional(),
  redirect: redirect.exactOptional(),
  rewrite: z
    .object({ uri: z.string().exactOptional(), authority: z.string().exactOptional() })
    .exactOptional(),
  fault: z.unknown().exactOptional(),
  headers: z.unknown().exactOptional(),
  delegate: z.unknown().exactOptional(),
});
const schema = z.strictObject({ testCases: z.array(testCase) });

type ValidatorCase = z.output<typeof testCase>;

export function isValidatorFile(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'testCases' in value;
}

/** The tests of getyourguide/istio-config-validator: each combination of host, method and path is one request. */
export function validatorCases(document: ManifestDocument): ReadTests {
  const parsed = schema.safeParse(document.value, { error: expectation });
  if (!parsed.success) {
    return { suites: [], diagnostics: schemaDiagnostics(parsed.error, { schema, document }) };
  }
  const cases = parsed.data.testCases.flatMap((one, index) =>
    combinations(one).map((combination) => ({
      ...combination,
      position: document.at(['testCases', index, 'description']),
    })),
  );
  const base = {
    file: document.file,
    manifests: [],
    namespace: 'default',
    others: [],
    routesOnly: true as const,
  };
  return { suites: [{ ...base, outboundPolicy: 'REGISTRY_ONLY', cases }], diagnostics: [] };
}

function combinations(one: ValidatorCase): readonly Omit<TestCase, 'position'>[] {
  const { authority, method, uri, headers } = one.request;
  const wanted = (one.route ?? []).map(({ destination, weight }) => wantedDestination(destination, weight));
  const legacy = one.destination ? [wantedDestination(one.destination, undefined)] : [];
  const destinations = [...wanted, ...legacy];
  const not = !(one.isMatch ?? (one.destination && !one.route ? true : one.wantMatch));
  const expect = expectationOf(one);
  return authority.flatMap((host) =>
    method.flatMap((verb) =>
      uri.map((path) => ({
        name: `${one.description}: ${verb} ${host}${path}`,
        request: { from: '*', sidecar: true, url: `http://${host}${path}`, method: verb, headers },
        expect,
        ...(destinations.length > 0 && { destinations: { wanted: destinations, not } }),
      })),
    ),
  );
}

function wantedDestination(
  { host, subset, port }: z.output<typeof destination>,
  weight: number | undefined,
): WantedDestination {
  return {
    host,
    ...(subset !== undefined && { subset }),
    ...(port && { port: port.number }),
    ...(weight !== undefined && { weight }),
  };
}

function expectationOf({ redirect: to, rewrite, wantMatch }: ValidatorCase): Expectation {
  if (!wantMatch) return {};
  const path = rewrite?.uri;
  const host = rewrite?.authority;
  return {
    ...(to && { status: to.redirectCode ?? 301 }),
    ...(rewrite && {
      received: { ...(path !== undefined && { path }), ...(host !== undefined && { host }) },
    }),
  };
}
