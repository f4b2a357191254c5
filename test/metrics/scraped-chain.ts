import { type Prometheus, startPrometheus } from '#test/components/prometheus.ts';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

const RULES = ['ingress', 'egress', 'destinationrules', 'routing-3'].map(
  (name) => `istio/chain/${name}.yaml`,
);
/** The rules whose tries end after 2 s. A busy machine needs more, and a try that is given up is counted with its retry. */
const IMPATIENT = { 'frontend-ingress': [0], middleware: [0, 1], backend: [0] };

/** A laptop mesh that has had no request yet, and a Prometheus that scrapes it every second. */
export interface ScrapedChain {
  readonly prometheus: Prometheus;
  /** Sends so many requests, one after the other. */
  send(count: number, headers?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

/** `manifest` deploys the services. */
export async function startScrapedChain(manifest: string): Promise<ScrapedChain> {
  const mesh = await startOwnMesh('--bare', '-f', manifest);
  try {
    await mesh.kubectl('apply', ...RULES.flatMap((file) => ['-f', file]));
    for (const [service, rules] of Object.entries(IMPATIENT)) {
      const patch = rules.map((rule) => ({
        op: 'replace',
        path: `/spec/http/${rule}/retries/perTryTimeout`,
        value: '60s',
      }));
      await mesh.kubectl('patch', 'virtualservice', service, '--type=json', '-p', JSON.stringify(patch));
    }
    const prometheus = await startPrometheus(await configuration(mesh));
    return {
      prometheus,
      async send(count, headers = {}) {
        for (let sent = 0; sent < count; sent += 1) await (await fetch(mesh.gatewayUrl, { headers })).text();
      },
      async close() {
        await prometheus.close();
        await mesh.close();
      },
    };
  } catch (cause) {
    await mesh.close();
    throw cause;
  }
}

/** What `mesh metrics` writes, a faster pace, and frontend's program by itself: only there are exemplars. */
async function configuration({ cli, client }: OwnMesh): Promise<string> {
  const written = await cli('metrics', '--prometheus-config');
  const { pods } = await client.overview();
  const frontend = pods.find(({ name }) => name.startsWith('frontend-prod-'))?.ports[3000];
  return `${written.replace('scrape_interval: 5s', 'scrape_interval: 1s')}  - job_name: frontend
    static_configs:
      - targets: ["127.0.0.1:${frontend}"]
`;
}
