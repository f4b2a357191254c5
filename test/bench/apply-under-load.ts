import { hasErrors } from '#mesh/diagnostic.ts';
import { type Exchange, GatewayLoad } from '#test/bench/gateway-load.ts';
import { applyRequest, other, type Version } from '#test/bench/route-change.ts';
import { allowedVersions, type Change } from '#test/bench/rule-history.ts';
import type { OwnMesh } from '#test/own-mesh.ts';

export interface UnderLoadOptions {
  readonly mesh: Pick<OwnMesh, 'client' | 'gatewayUrl'>;
  /** At least so many. */
  readonly requests: number;
  readonly applies: number;
  readonly connections: number;
  readonly applied?: (count: number) => void | Promise<void>;
}

export interface UnderLoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Requests for which the rule allowed one version only. */
  readonly decided: number;
  readonly served: Readonly<Record<Version, number>>;
  /** Each request that failed or was served by a version that it must not get, described. */
  readonly violations: readonly string[];
  /** How long each apply took, in milliseconds. */
  readonly applyMilliseconds: readonly number[];
}

/**
 * Changes the route to middleware again and again while requests come in, and judges every request: none fails, and one
 * that began after an `apply` returned is served as that apply says.
 */
export async function applyUnderLoad(options: UnderLoadOptions): Promise<UnderLoadResult> {
  const { mesh, requests, applies, connections, applied } = options;
  const history = [await change(mesh, 'prod')];
  const load = new GatewayLoad(mesh.gatewayUrl, connections);
  let exchanges: readonly Exchange[] = [];
  try {
    for (let count = 1; count <= applies; count++) {
      // Evenly over all requests, and with some in between even when the applies lag behind.
      await Promise.all([load.total((count * requests) / (applies + 1)), load.more(requests / applies / 4)]);
      await change(mesh, other(history.at(-1)?.version ?? 'prod'), history);
      await applied?.(count);
    }
    await load.total(requests);
  } finally {
    exchanges = await load.stop();
  }
  return judge(exchanges, history);
}

/** Applies the rule and enters it in the history at its beginning, since it may take effect from then on. */
async function change(
  { client }: Pick<OwnMesh, 'client'>,
  version: Version,
  history: Change[] = [],
): Promise<Change> {
  const entry: Change = { version, begun: performance.now() };
  history.push(entry);
  const { diagnostics } = await client.apply(applyRequest(version));
  entry.returned = performance.now();
  if (hasErrors(diagnostics)) throw new Error(`the rule was refused: ${JSON.stringify(diagnostics)}`);
  return entry;
}

function judge(exchanges: readonly Exchange[], history: readonly Change[]): UnderLoadResult {
  const judged = exchanges.map((exchange) => ({ exchange, allowed: allowedVersions(history, exchange) }));
  const served = (version: Version) => exchanges.filter((exchange) => exchange.version === version).length;
  const seconds = ((exchanges.at(-1)?.ended ?? 0) - (exchanges[0]?.begun ?? 0)) / 1000;
  return {
    requests: exchanges.length,
    perSecond: exchanges.length / seconds,
    decided: judged.filter(({ allowed }) => allowed.size === 1).length,
    served: { prod: served('prod'), canary: served('canary') },
    violations: judged.flatMap(({ exchange, allowed }) => violation(exchange, allowed) ?? []),
    applyMilliseconds: history.slice(1).map((entry) => (entry.returned ?? Number.NaN) - entry.begun),
  };
}

function violation(exchange: Exchange, allowed: ReadonlySet<Version>): string | undefined {
  const { begun, status, version, text } = exchange;
  const at = `a request begun at ${begun.toFixed(1)} ms`;
  if (status !== 200) return `${at} got ${status || 'no answer'}: ${text}`;
  if (version && allowed.has(version)) return undefined;
  return `${at} was served by ${version ?? 'no middleware'}, not by ${[...allowed].join(' or ')}`;
}
