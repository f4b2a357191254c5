import { namedProtocol } from '#mesh/analyze/port-protocol.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';

/** IST0118: Istio selects the protocol by the port's name, and has to guess it from others. */
export const portName: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) =>
    service.spec.ports.flatMap((servicePort, index) => {
      const { name, port, protocol } = servicePort;
      if (protocol !== 'TCP' || namedProtocol(servicePort) !== undefined) return [];
      return [
        diagnose(service, ['spec', 'ports', index, ...(name === undefined ? [] : ['name'])], {
          severity: 'info',
          code: 'IST0118',
          message:
            name === undefined
              ? `port ${port} has no name, so the protocol is guessed`
              : `port name \`${name}\` (port ${port}) does not begin with a protocol, so the protocol is guessed`,
          fix: `name it after its protocol, such as \`${name === undefined ? 'http' : `http-${name}`}\`, or set \`appProtocol\``,
        }),
      ];
    }),
  );
