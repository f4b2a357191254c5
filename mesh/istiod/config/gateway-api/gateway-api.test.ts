import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { DraftObject } from '#mesh/apiserver/object.ts';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';
import { attach } from '#mesh/istiod/config/gateway-api/attachment.ts';
import { judgedPolicies } from '#mesh/istiod/config/gateway-api/backend-tls.ts';
import { meshRoutes } from '#mesh/istiod/config/gateway-api/mesh-routes.ts';
import { type GatewayApiObjects, nameOf } from '#mesh/istiod/config/gateway-api/objects.ts';
import { gatewayApiIn } from '#mesh/istiod/config/gateway-api/read.ts';
import { serversOf } from '#mesh/istiod/config/gateway-api/servers.ts';
import { statusesOf } from '#mesh/istiod/config/gateway-api/statuses.ts';
import { expectGolden, goldenCases } from '#test/golden.ts';

describe("Gateway API's objects", () => {
  it.each(goldenCases(join(import.meta.dirname, 'testdata')))('$name', async ({ text, out }) => {
    const objects = await stored(text);
    const attachments = attach(objects);
    const gateways = attachments.gateways.map(({ gateway }) => ({
      gateway: nameOf(gateway),
      servers: serversOf(gateway, attachments, objects),
    }));
    const tls = judgedPolicies(objects).flatMap(({ holds }) => holds ?? []);
    expectGolden(out, {
      gateways,
      services: meshRoutes(attachments, objects),
      ...(tls.length > 0 && { tls }),
      statuses: statusesIn(objects),
    });
  });
});

/** As the API server has them: checked, and with the defaults of their definitions. */
async function stored(text: string): Promise<GatewayApiObjects> {
  const { api, create } = kindsApi();
  for (const document of parseAllDocuments(text)) await create(document.toJS() as DraftObject);
  return gatewayApiIn(api.store);
}

/** Each condition on one line. */
function statusesIn(objects: GatewayApiObjects) {
  const deployed = new Map(
    objects.gateways.map((gateway) => [
      nameOf(gateway),
      { address: '127.64.0.1', ports: { 80: 80, 443: 443 }, ready: true },
    ]),
  );
  const all = statusesOf(objects, deployed).filter(({ resource }) => !resource.startsWith('gatewayclasses'));
  expect(all.length).toBeGreaterThan(0);
  return Object.fromEntries(
    all.map(({ object, status }) => [`${object.kind} ${nameOf(object)}`, shortened(status)]),
  );
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  if ('reason' in value && 'type' in value && 'message' in value) {
    const { type, status, reason, message } = value as Record<string, unknown>;
    return `${type}=${status} ${reason}: ${message}`;
  }
  return Object.fromEntries(Object.entries(value).map(([field, member]) => [field, shortened(member)]));
}
