import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { StandIn } from '#mesh/model/mesh.ts';
import type { Authority } from '#mesh/run/certificates/authority.ts';
import type { Ports } from '#mesh/run/ports/ports.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import { nodeExecutable } from '#mesh/run/process/node-executable.ts';
import { Supervised } from '#mesh/run/process/supervised.ts';
import type { StandInConfiguration } from '#mesh/run/stand-ins/main.ts';
import { type StandInHost, standInHosts } from '#mesh/run/stand-ins/stand-ins.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));

export interface StandIns {
  readonly hosts: readonly StandIn[];
  /** PEM files with which programs trust the stand-ins. */
  readonly trust: { readonly authority: string; readonly bundle: string };
  readonly process: Supervised;
}

export interface StandInsOptions {
  readonly authority: Authority;
  readonly ports: Ports;
  readonly directory: string;
  readonly log: LogFile;
}

/** Starts the one process that plays all outside hosts of the table. */
export async function runStandIns({ authority, ports, directory, log }: StandInsOptions): Promise<StandIns> {
  const listeners: StandInConfiguration['listeners'][number][] = [];
  const hosts: StandIn[] = [];
  for (const standIn of standInHosts) {
    const tls = await certificateFiles(standIn, authority, directory);
    for (const { port, tls: secure } of standIn.ports) {
      const localPort = await ports.lease();
      hosts.push({ host: standIn.host, port, address: '127.0.0.1', localPort });
      listeners.push({ answer: standIn.answer, port: localPort, ...(secure && { tls }) });
    }
  }
  const process = new Supervised({ log, command: command({ listeners }) });
  process.start();
  return { hosts, trust: trustFiles(authority, directory), process };
}

function command(configuration: StandInConfiguration) {
  return {
    command: nodeExecutable,
    args: ['--max-semi-space-size=4', program],
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { STAND_INS: JSON.stringify(configuration) },
  };
}

async function certificateFiles({ host }: StandInHost, authority: Authority, directory: string) {
  const pair = await authority.issue({ commonName: host, dnsNames: [host] });
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
