import { type Diagnostic, formatPosition } from '#mesh/diagnostic.ts';
import { type Analysis, diagnose, type Problem, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { gatewayKey, listenerPort } from '#mesh/istiod/config/build/gateway-server.ts';
import { toMatch } from '#mesh/istiod/config/build/route-match.ts';
import { gatewayNames, isCatchAll } from '#mesh/istiod/config/build/routes.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import type { Gateway, VirtualService } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean } from '#mesh/nearest.ts';

/**
 * IST0145: two gateways that serve the same host at the same port of the same proxies. Of plain HTTP Istio makes one list of
 * routes, so this is not a mistake as such: it is one if both take every request, or for any other protocol.
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
        const plain = !tls && ['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-WEB'].includes(port.protocol);
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
  return `${selector} ${listenerPort({ port })} ${host}`;
}

function isRival(claim: Claim, older: Claim): boolean {
  return older.catchAlls.length > 0 && claim.catchAlls.some((service) => !older.catchAlls.includes(service));
}

function rivals({ port }: Claim, rival: Claim): Omit<Problem, 'code'> {
  return {
    severity: 'warning',
    message: `a VirtualService of Gateway \`${nameOf(rival)}\` (${placeOf(rival)}) takes every request at port ${port.number} of the same proxies, so those of this Gateway that do the same are never used`,
    fix: 'give the VirtualServices different paths or hosts, or the gateways different hosts, ports or selectors',
  };
}

function shared({ host, port, plain }: Claim, first: Claim): Omit<Problem, 'code'> {
  const where = `serves host \`${host}\` at port ${port.number} of the same proxies`;
  return plain && first.plain
    ? {
        severity: 'info',
        message: `Gateway \`${nameOf(first)}\` (${placeOf(first)}) ${where} too: their routes become one list, the older Gateway's first`,
        fix: 'no fix is needed while their paths differ',
      }
    : {
        severity: 'warning',
        message: `Gateway \`${nameOf(first)}\` (${placeOf(first)}) ${where}`,
        fix: 'give the gateways different hosts, ports or selectors, or merge them',
      };
}

const nameOf = ({ gateway }: Claim): string => gateway.metadata.name;
const placeOf = ({ gateway, path }: Claim): string => formatPosition(gateway.document.at(path));

/**
 * IST0101: a server whose Secret is missing (a warning: the Secret may come later).
 */
export const gatewayServers: Rule = (analysis) => {
  // The Secret lives beside the gateway's proxy, whose namespace the Gateway does not tell.
  const secrets = new Set(analysis.of('Secret').map(({ metadata }) => metadata.name));
  return analysis
    .of('Gateway')
    .flatMap((gateway) =>
      gateway.spec.servers.flatMap((_, index) => missingSecret({ secrets, gateway, index })),
    );
};

function missingSecret(found: {
  secrets: ReadonlySet<string>;
  gateway: Gateway;
  index: number;
}): readonly Diagnostic[] {
  const { secrets, gateway, index } = found;
  const name = gateway.spec.servers[index]?.tls?.credentialName;
  if (name === undefined || secrets.has(name)) return [];
  return [
    diagnose(gateway, ['spec', 'servers', index, 'tls', 'credentialName'], {
      severity: 'warning',
      code: 'IST0101',
      message: `Secret \`${name}\` with the server's certificate not found, so the server will not answer`,
      fix:
        secrets.size === 0
          ? `create it: \`kubectl create secret tls ${name} --key=… --cert=…\``
          : didYouMean(name, secrets),
    }),
  ];
}
