import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { discoveryPaths } from '#mesh/apiserver/http/discovery.ts';
import type { CallHandler } from '#mesh/apiserver/http/handle.ts';
import { openApiPaths } from '#mesh/apiserver/http/openapi.ts';
import { generalPaths } from '#mesh/apiserver/http/paths.ts';
import { specialHandlers } from '#mesh/apiserver/http/special-handlers.ts';
import { OpenApi } from '#mesh/apiserver/openapi/open-api.ts';
import { type ApiServer, serveApi } from '#mesh/apiserver/server.ts';
import { createAuthority } from '#mesh/istiod/ca/authority.ts';
import { describeField } from '#mesh/istiod/config/fields/describe-field.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import type { Storage } from '#mesh/run/api-server/create-api.ts';
import { logCalls } from '#mesh/run/api-server/log-calls.ts';
import { podMetrics } from '#mesh/run/api-server/pod-metrics.ts';
import { podStreams } from '#mesh/run/api-server/pod-streams.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

const years = 10 * 365 * 24 * 60 * 60 * 1000;

export interface ApiServerInput {
  readonly mesh: LocalMesh;
  readonly storage: Storage;
  readonly ports: Ports;
  /** Where the kubeconfig is written. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** The runner's own log. */
  readonly own: LogFile;
  readonly controlPlane: ReadonlyMap<number, string>;
  readonly onBug: (error: unknown) => void;
}

/** Serves the API on loopback, and writes the file by which this user's clients find it and may come in. */
export async function startApiServer(
  input: ApiServerInput,
): Promise<ApiServer & { readonly openApi: OpenApi }> {
  const { mesh, storage, file, onBug } = input;
  const { kinds, facts } = storage;
  const openApi = new OpenApi({
    types: kinds.types,
    definitionOf: (type) => kinds.definitionOf(type),
    describe: describeField,
  });
  const authority = await createAuthority('mesh101 kubernetes');
  const server = await authority.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
    validity: years,
  });
  const client = await authority.issue({
    commonName: 'mesh101-admin',
    organization: 'system:masters',
    dnsNames: ['mesh101-admin'],
    validity: years,
  });
  const special = new Map<string, CallHandler>([
    ...specialHandlers({ definitionOf: (type) => kinds.definitionOf(type) }),
    ['pods/log', logCalls(input)],
    ...podMetrics(mesh),
  ]);
  const served = await serveApi({
    api: mesh.api,
    facts,
    paths: [generalPaths(), discoveryPaths(kinds.types), openApiPaths(openApi)],
    special,
    onBug,
    port: await input.ports.lease(),
    certificate: server.certificate,
    key: server.key,
    clientCa: authority.root.certificate,
    streams: podStreams(input),
  });
  const ca = authority.root.certificate;
  writeFileSync(
    file,
    kubeconfig({ port: served.port, ca, certificate: client.certificate, key: client.key }),
    {
      mode: 0o600,
    },
  );
  return { ...served, openApi };
}

interface KubeconfigOptions {
  readonly port: number;
  /** PEM, as are the others. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The name of cluster, user and context. */
const contextName = 'mesh101';

/** A file by which kubectl, istioctl, helm and client libraries reach the mesh. It holds a private key. */
function kubeconfig({ port, ca, certificate, key }: KubeconfigOptions): string {
  const data = (pem: string) => Buffer.from(pem).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: contextName,
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': data(ca) },
      },
    ],
    users: [
      {
        name: contextName,
        user: { 'client-certificate-data': data(certificate), 'client-key-data': data(key) },
      },
    ],
    contexts: [
      { name: contextName, context: { cluster: contextName, user: contextName, namespace: 'default' } },
    ],
    'current-context': contextName,
    preferences: {},
  });
}
