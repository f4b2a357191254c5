import type { Diagnostic } from '#mesh/diagnostic.ts';
import { labelText } from '#mesh/istiod/analysis/registry.ts';
import { type Analysis, diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { numbersOf, selectsOwnGateway } from '#mesh/istiod/config/build/gateway-server.ts';
import { selects } from '#mesh/istiod/config/build/input.ts';
import { type Gateway, type PodOwner, podOwners, type Service } from '#mesh/istiod/config/schema/resource.ts';

/** IST0101: a Gateway whose selector matches no pod, so that nothing serves it. */
export const gatewaySelector: Rule = (analysis) =>
  analysis.of('Gateway').flatMap((gateway) => {
    const { selector } = gateway.spec;
    // Files alone do not tell of the gateway that every mesh has.
    if (selectsOwnGateway(selector) || proxiesOf(analysis, gateway).length > 0) return [];
    return [
      diagnose(gateway, ['spec', 'selector'], {
        code: 'IST0101',
        message: `selector ${labelText(selector)} matches no pod, so nothing serves this Gateway`,
        fix: "write the labels of a gateway's pods, such as `istio: ingressgateway`",
      }),
    ];
  });

/** IST0162: a Gateway's port that no Service of its pods leads to. */
export const gatewayPorts: Rule = (analysis) =>
  analysis.of('Gateway').flatMap((gateway) => {
    const services = proxiesOf(analysis, gateway).flatMap((proxy) => servicesOf(analysis, proxy));
    if (selectsOwnGateway(gateway.spec.selector)) return ownGatewayPorts(gateway);
    // Where no Service is among the files, nobody knows which ports there are.
    if (services.length === 0) return [];
    const ports = new Set(services.flatMap(portsOf));
    return gateway.spec.servers.flatMap(({ port: { number } }, index) =>
      ports.has(number) ? [] : [notOnService(gateway, { number, index, services })],
    );
  });

function proxiesOf(analysis: Analysis, { spec }: Gateway): readonly PodOwner[] {
  return podOwners(analysis.resources).filter((proxy) =>
    selects(spec.selector, proxy.spec.template.metadata.labels),
  );
}

function servicesOf(analysis: Analysis, { metadata, spec }: PodOwner): readonly Service[] {
  return analysis.within('Service', metadata.namespace).filter((service) => {
    const { selector } = service.spec;
    return Object.keys(selector).length > 0 && selects(selector, spec.template.metadata.labels);
  });
}

/** A Gateway names a Service's port or the one behind it: both are the same listener. */
function portsOf({ spec }: Service): readonly number[] {
  return spec.ports.flatMap(({ port, targetPort }) => [
    ...numbersOf(port),
    ...(typeof targetPort === 'number' ? [targetPort] : []),
  ]);
}

/** Those of Istio's own gateway, as its Service and its pods have them when it is installed. */
const INSTALLED = new Set([80, 8080, 443, 8443, 31400, 15021]);

function ownGatewayPorts(gateway: Gateway): readonly Diagnostic[] {
  return gateway.spec.servers.flatMap(({ port: { number } }, index) =>
    INSTALLED.has(number)
      ? []
      : [
          diagnose(gateway, ['spec', 'servers', index, 'port', 'number'], {
            severity: 'info',
            code: 'IST0162',
            message: `the Service of the ingress gateway has no port ${number} when Istio is installed; the laptop opens it, a cluster does not`,
            fix: `for a cluster add port ${number} to the Service \`istio-ingressgateway\`, or name 80, 443 or 31400`,
          }),
        ],
  );
}

function notOnService(
  gateway: Gateway,
  { number, index, services }: { number: number; index: number; services: readonly Service[] },
): Diagnostic {
  const names = services.map(({ metadata }) => `\`${metadata.name}\``).join(', ');
  return diagnose(gateway, ['spec', 'servers', index, 'port', 'number'], {
    severity: 'warning',
    code: 'IST0162',
    message: `no Service of the gateway's pods (${names}) has port ${number}, so nobody can reach it through a Service`,
    fix: `add port ${number} to the Service, or name one that it has`,
  });
}
