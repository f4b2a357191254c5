import type { Command } from 'commander';
import { collect, flagValue, withAllNamespaces, withNamespace } from '#mesh/cli/flags.ts';
import type { ProxySection } from '#mesh/cli/istioctl/proxy-config.ts';
import { action, type Session } from '#mesh/cli/session.ts';

const sections: Readonly<Record<ProxySection, readonly string[]>> = {
  routes: ['route', 'r'],
  clusters: ['cluster', 'c'],
  listeners: ['listener', 'l'],
  endpoints: ['endpoint', 'ep'],
  secrets: ['secret', 's'],
  all: ['a'],
};

/** istioctl's verbs that the laptop mesh has. */
export function addIstioctlCommands(parent: Command, session: Session): void {
  addProxyConfig(parent, session);
  withNamespace(parent.command('proxy-status'))
    .alias('ps')
    .description('whether every Envoy has the newest configuration')
    .action(
      action(session, async (call) => (await import('#mesh/cli/istioctl/proxy-status.ts')).proxyStatus(call)),
    );
  withAllNamespaces(parent.command('analyze [files...]'))
    .description('find mistakes in manifests, with the running mesh or without one')
    .option('-f, --filename <file|dir|->', 'a manifest, as the arguments', collect)
    .option('-R, --recursive', 'folders below the named ones too')
    .option('--use-kube [yes]', '--use-kube=false: only the files, whatever is running', flagValue)
    .action(action(session, async (call) => (await import('#mesh/cli/istioctl/analyze.ts')).analyze(call)));
}

function addProxyConfig(parent: Command, session: Session): void {
  const proxyConfig = parent
    .command('proxy-config')
    .alias('pc')
    .description(
      "show the configuration of a pod's Envoy: routes, clusters, listeners, endpoints, secrets, all",
    );
  for (const section of Object.keys(sections) as ProxySection[]) {
    withNamespace(proxyConfig.command(`${section} <pod>`))
      .aliases([...sections[section]])
      .description(`the ${section} of POD[.NAMESPACE] or deploy/NAME`)
      .option('-o, --output <format>', 'json, yaml or short', flagValue)
      .option('--name <name>', 'routes: only this route configuration', flagValue)
      .option('--fqdn <host>', 'clusters: only of this host', flagValue)
      .option('--port <number>', 'clusters, listeners, endpoints: only of this port', flagValue)
      .option('--cluster <name>', 'endpoints: only of this cluster', flagValue)
      .action(
        action(session, async (call) =>
          (await import('#mesh/cli/istioctl/proxy-config.ts')).proxyConfig(section, call),
        ),
      );
  }
}
