import type { Container } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import { expand } from '#mesh/kubelet/pods/environment.ts';

/** How a container reaches the sidecar, which listens on this machine's loopback. */
export interface WayOut {
  /** What the container calls this machine. */
  readonly host: string;
  /** What the engine has to be told for it. */
  readonly options: readonly string[];
}

export interface RunInput {
  /** Of the container, for the engine. */
  readonly name: string;
  /** The mesh's, by which its containers are found again. */
  readonly label: string;
  readonly hostname: string;
  readonly container: Container;
  /** What the manifest gives it. */
  readonly own: Readonly<Record<string, string>>;
  /** What the mesh gives every program of this machine. */
  readonly runner: Readonly<Record<string, string>>;
  readonly ports: readonly PodPort[];
  readonly wayOut: WayOut;
  /** Of the manifest, what means nothing to a program of this machine. */
  readonly settings: ContainerSettings;
}

export interface ContainerSettings {
  readonly imagePullPolicy?: string;
  readonly workingDir?: string;
  readonly securityContext?: { readonly runAsUser?: number; readonly runAsGroup?: number };
}

/** Variables of the runner's that mean something in a container. */
const passedOn = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
const trusting = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE'];
const trustedFile = '/etc/mesh101/trusted.crt';

/** What the engine's own client reads from its environment: a value for the container would change what it does. */
const clients =
  /^(?:PATH|HOME|USER|TMPDIR|LANG|SSL_.*|(?:https?|all|no)_proxy|(?:DOCKER|CONTAINERS?|PODMAN|XDG|LD|DYLD|GO|NODE)_?.*)$/i;

/**
 * The arguments of `docker run` for a container, which Podman takes as well, and the variables that its client hands over: by
 * name alone, so that no list of processes shows their values.
 *
 * Ports are published at the local ones that the sidecar knows; the way out is the sidecar's, by the proxy variables.
 */
export function runArguments(input: RunInput): {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const { name, label, hostname, container, ports, wayOut, own, settings } = input;
  const { runAsUser, runAsGroup } = settings.securityContext ?? {};
  const variables = { ...fromRunner(input), ...own };
  const byName = Object.keys(variables).filter((variable) => !clients.test(variable));
  const inline = Object.keys(variables).filter((variable) => clients.test(variable));
  const [entrypoint, ...rest] = container.command.map((word) => expand(word, variables));
  const args = [
    ...['run', '--rm', '--pull', 'never', '--name', name, '--label', `mesh101.mesh=${label}`],
    ...['--hostname', hostname, ...wayOut.options],
    ...ports.flatMap(({ containerPort, appPort }) => ['--publish', `127.0.0.1:${appPort}:${containerPort}`]),
    ...byName.flatMap((variable) => ['--env', variable]),
    ...inline.flatMap((variable) => ['--env', `${variable}=${variables[variable]}`]),
    ...volumes(input).flatMap((volume) => ['--volume', volume]),
    ...(settings.workingDir === undefined ? [] : ['--workdir', settings.workingDir]),
    ...(runAsUser === undefined ? [] : ['--user', [runAsUser, runAsGroup ?? []].flat().join(':')]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', entrypoint]),
    container.image,
    ...rest,
    ...container.args.map((word) => expand(word, variables)),
  ];
  return { args, env: Object.fromEntries(byName.map((variable) => [variable, variables[variable] ?? ''])) };
}

/** This machine's loopback is another one within the container. */
function fromRunner({ runner, wayOut }: RunInput): Record<string, string> {
  const seen = passedOn.flatMap((variable) => {
    const value = runner[variable];
    if (value === undefined) return [];
    return [[variable, /^no_proxy$/i.test(variable) ? value : value.replaceAll('127.0.0.1', wayOut.host)]];
  });
  const trusted = runner['SSL_CERT_FILE'] === undefined ? [] : trusting.map((name) => [name, trustedFile]);
  return Object.fromEntries([...seen, ...trusted]) as Record<string, string>;
}

/** The folders of claims, ConfigMaps and Secrets, and whom the stand-ins' certificates want trusted. */
function volumes({ runner, container }: RunInput): readonly string[] {
  const readOnly = new Set(
    container.volumeMounts.flatMap(({ mountPath, readOnly: only }) => (only ? [mountPath] : [])),
  );
  const mounted = (runner['VOLUME_MAP'] ?? '').split('\n').filter(Boolean);
  const folders = mounted.map((line) => {
    const at = line.indexOf('=');
    const path = line.slice(0, at);
    return `${line.slice(at + 1)}:${path}${readOnly.has(path) ? ':ro' : ''}`;
  });
  const bundle = runner['SSL_CERT_FILE'];
  return [...folders, ...(bundle === undefined ? [] : [`${bundle}:${trustedFile}:ro`])];
}
