import { readFileSync } from 'node:fs';
import process from 'node:process';
import { stringify } from 'yaml';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { translate } from '#mesh/istiod/translate.ts';
import { place } from '#mesh/testing/place.ts';
import { endWithReader } from '#platform/process.ts';

/** `make translation FILES="a.yaml b.yaml"`: what the mesh would tell each Envoy. Starts nothing; ports are made up. */
endWithReader();
const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('which manifests? make translation FILES="k8s/chain.yaml istio/chain/ingress.yaml"\n');
  process.exit(2);
}
const sources = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
const { diagnostics, configurations } = translate(sources, { namespace: 'default', place });
for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
process.stdout.write(stringify(configurations, { lineWidth: 110, aliasDuplicateObjects: false }));
process.exitCode = diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
