import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type Authority, rootValidity } from '#mesh/istiod/ca/authority.ts';
import type { StandIn } from '#mesh/istiod/model/mesh.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { compileCache, nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { Supervised } from '#mesh/kubelet/process/supervised.ts';
import { type StandInHost, standInHosts } from '#mesh/kubelet/stand-ins/stand-ins.ts';
import { projectRoot } from '#mesh/project-root.ts';

const ADDRESS = '127.0.0.1';

export interface StandIns {
  readonly hosts: readonly StandIn[];
  /** PEM files with which programs trust the stand-ins. */
  readonly trust: { readonly authority: string; readonly bundle: string };
  readonly log: LogFile;
  stop(graceMs: number): Promise<void>;
}

export interface StandInsOptions {
  readonly authority: Authority;
  readonly ports: Ports;
  readonly directory: string;
  readonly log: LogFile;
}

/** Starts a process for each outside host of the table. */
export async function runStandIns(options: StandInsOptions): Promise<StandIns> {
  const played = await Promise.all(standInHosts.map((standIn) => runStandIn(standIn, options)));
  const trust = trustFiles(options.authority, options.directory);
  return {
    hosts: played.flatMap(({ hosts }) => hosts.map((host) => ({ ...host, roots: trust.authority }))),
    trust,
    log: options.log,
    async stop(graceMs) {
      await Promise.all(played.map(({ process }) => process.stop(graceMs)));
    },
  };
}

async function runStandIn(standIn: StandInHost, { authority, ports, directory, log }: StandInsOptions) {
  const { host, port, tlsPort, program } = standIn;
  const [localPort, localTlsPort] = [await ports.lease(), await ports.lease()];
  const { certificate, key } = await certificateFiles(standIn, authority, directory);
  const listen = { HOST: ADDRESS, PORT: `${localPort}`, TLS_PORT: `${localTlsPort}` };
  const process = new Supervised({
    log,
    command: {
      command: nodeExecutable,
      args: ['--max-semi-space-size=4', program],
      cwd: projectRoot,
      env: { ...listen, TLS_CERTIFICATE: certificate, TLS_KEY: key, NODE_COMPILE_CACHE: compileCache },
    },
  });
  process.start();
  const hosts: StandIn[] = [
    { host, port, address: ADDRESS, localPort },
    { host, port: tlsPort, address: ADDRESS, localPort: localTlsPort },
  ];
  return { hosts, process };
}

async function certificateFiles({ host }: StandInHost, authority: Authority, directory: string) {
  // The program reads it once, so that it has to last.
  const pair = await authority.issue({ commonName: host, dnsNames: [host], validity: rootValidity });
  const files = { certificate: join(directory, `${host}.crt`), key: join(directory, `${host}.key`) };
  writeFileSync(files.certificate, pair.certificate, { mode: 0o600 });
  writeFileSync(files.key, pair.key, { mode: 0o600 });
  return files;
}

/** SSL_CERT_FILE replaces a program's trust, so the bundle holds the world's authorities as well. */
function trustFiles({ root }: Authority, directory: string): StandIns['trust'] {
  const files = { authority: join(directory, 'stand-ins.crt'), bundle: join(directory, 'trusted.crt') };
  writeFileSync(files.authority, root.certificate);
  writeFileSync(files.bundle, [...rootCertificates, root.certificate].join('\n'));
  return files;
}
