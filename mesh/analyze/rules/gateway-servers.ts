import { type Analysis, diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { didYouMean } from '#mesh/schema/nearest.ts';
import type { Gateway } from '#mesh/schema/resource.ts';

/**
 * IST0106: a server whose TLS settings do not fit its protocol; IST0101: one whose Secret is missing (a
 * warning: the Secret may come later).
 */
export const gatewayServers: Rule = (analysis) =>
  analysis.of('Gateway').flatMap((gateway) => serverProblems(analysis, gateway));

function serverProblems(analysis: Analysis, gateway: Gateway): readonly Diagnostic[] {
  return gateway.spec.servers.flatMap(({ port, tls }, index) => {
    const path = ['spec', 'servers', index];
    const secure = port.protocol === 'HTTPS' || port.protocol === 'TLS';
    if (secure && !tls) {
      const message = `a server of protocol ${port.protocol} needs \`tls\``;
      const fix = 'add `tls: {mode: SIMPLE, credentialName: …}`';
      return [diagnose(gateway, path, { code: 'IST0106', message, fix })];
    }
    if (!secure && tls && !tls.httpsRedirect) {
      const message = `a server of protocol ${port.protocol} has no use for \`tls\``;
      const fix = 'write `protocol: HTTPS`, or remove `tls`';
      return [diagnose(gateway, [...path, 'tls'], { code: 'IST0106', message, fix })];
    }
    return missingSecret({ analysis, gateway, index });
  });
}

function missingSecret(found: {
  analysis: Analysis;
  gateway: Gateway;
  index: number;
}): readonly Diagnostic[] {
  const { analysis, gateway, index } = found;
  const name = gateway.spec.servers[index]?.tls?.credentialName;
  // The Secret lives beside the gateway's proxy, whose namespace the Gateway does not tell.
  const secrets = analysis.of('Secret').map(({ metadata }) => metadata.name);
  if (name === undefined || secrets.includes(name)) return [];
  return [
    diagnose(gateway, ['spec', 'servers', index, 'tls', 'credentialName'], {
      severity: 'warning',
      code: 'IST0101',
      message: `Secret \`${name}\` with the server's certificate not found, so the server will not answer`,
      fix:
        secrets.length === 0
          ? `create it: \`kubectl create secret tls ${name} --key=… --cert=…\``
          : didYouMean(name, secrets),
    }),
  ];
}
