/** A prometheus.yml that scrapes a running mesh; `url` is its metrics endpoint. */
export function prometheusConfig(url: string): string {
  const { host, pathname } = new URL(url);
  return `global:
  scrape_interval: 5s
scrape_configs:
  - job_name: mesh101
    honor_labels: true
    metrics_path: ${pathname}
    static_configs:
      - targets: ["${host}"]
`;
}
