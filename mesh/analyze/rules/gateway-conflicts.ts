import { type Analysis, diagnose, type Problem, type Rule } from '#mesh/analyze/rule.ts';
import { formatPosition } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import { gatewayKey } from '#mesh/model/build/gateway-server.ts';
import { toMatch } from '#mesh/model/build/route-match.ts';
import { gatewayNames, isCatchAll } from '#mesh/model/build/routes.ts';
import type { Gateway, VirtualService } from '#mesh/schema/resource.ts';

/**
 * IST0145: two gateways that serve the same host at the same port of the same proxies. Of plain HTTP Istio makes one list of
 * routes, so that it is no mistake as such: it is one when both take every request, or for any other protocol.
 */
export const gatewayConflicts: Rule = (analysis) =>
  [...Map.groupBy(claims(analysis), keyOf).values()].flatMap((same) =>
    same.flatMap((claim, index) => {
      const earlier = same.slice(0, index).filter(({ gateway }) => gateway !== claim.gateway);
      const rival = earlier.find((one) => isRival(claim, one));
      const [first] = earlier;
      if (!first) return [];
      const problem = rival ? rivals(claim, rival) : shared(claim, first);
      return [diagnose(claim.gateway, claim.path, { code: 'IST0145', ...problem })];
    }),
  );

/** One host of one server. */
interface Claim {
  readonly gateway: Gateway;
  readonly port: Gateway['spec']['servers'][number]['port'];
  readonly host: string;
  readonly path: YamlPath;
  readonly plain: boolean;
  /** The VirtualServices of the gateway that have a rule for every request. */
  readonly catchAlls: readonly VirtualService[];
}

function claims(analysis: Analysis): readonly Claim[] {
  return analysis.of('Gateway').flatMap((gateway) => {
    const catchAlls = analysis.of('VirtualService').filter((service) => takesEveryRequest(service, gateway));
    return gateway.spec.servers.flatMap(({ port, hosts, tls }, server) =>
      hosts.map((host, index) => {
        const plain = !tls && ['HTTP', 'HTTP2', 'GRPC'].includes(port.protocol);
        const path = ['spec', 'servers', server, 'hosts', index];
        return { gateway, port, host, path, plain, catchAlls: plain ? catchAlls : [] };
      }),
    );
  });
}

function takesEveryRequest(service: VirtualService, gateway: Gateway): boolean {
  const { gateways, hosts, http } = service.spec;
  const everything = http.some(
    ({ match }) => match.length === 0 || match.some((one) => isCatchAll(toMatch(one))),
  );
  return gatewayNames(gateways, service).includes(gatewayKey(gateway)) && hosts.includes('*') && everything;
}

function keyOf({ gateway, port, host }: Claim): string {
  const selector = Object.entries(gateway.spec.selector).sort().join(' ');
  return `${selector} ${port.number} ${host}`;
}

function isRival(claim: Claim, older: Claim): boolean {
  return older.catchAlls.length > 0 && claim.catchAlls.some((service) => !older.catchAlls.includes(service));
}

function rivals({ port }: Claim, rival: Claim): Omit<Problem, 'code'> {
  return {
    severity: 'warning',
    message: `a VirtualService of Gateway \`${nameOf(rival)}\` (${placeOf(rival)}) takes every request at port ${port.number} of the same proxies, so those of this one that do are never asked`,
    fix: 'give the VirtualServices different paths or hosts, or the gateways different hosts, ports or selectors',
  };
}

function shared({ host, port, plain }: Claim, first: Claim): Omit<Problem, 'code'> {
  const where = `serves host \`${host}\` at port ${port.number} of the same proxies`;
  return plain && first.plain
    ? {
        severity: 'info',
        message: `Gateway \`${nameOf(first)}\` (${placeOf(first)}) ${where} too: their routes become one list, the older Gateway's first`,
        fix: 'nothing to do while their paths differ',
      }
    : {
        severity: 'warning',
        message: `Gateway \`${nameOf(first)}\` (${placeOf(first)}) ${where}`,
        fix: 'give the gateways different hosts, ports or selectors, or merge them',
      };
}

const nameOf = ({ gateway }: Claim): string => gateway.metadata.name;
const placeOf = ({ gateway, path }: Claim): string => formatPosition(gateway.document.at(path));
