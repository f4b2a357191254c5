import type { CliContext } from '#mesh/cli/context.ts';
import type { Overview } from '#mesh/run/api.ts';

const bareHint = `No Istio resource is applied yet, so nothing listens at the gateway. Next:
    make shell                                  a shell with kubectl for this mesh
    kubectl apply -f istio/chain/ingress.yaml   open the gateway
and so on with istio/chain/README.md.
`;

/** The answer to a real request through the gateway, or what to do when there is none. */
export async function firstAnswer(context: CliContext, overview: Overview, bare: boolean): Promise<string> {
  const { gatewayUrl } = overview;
  if (bare || !gatewayUrl) return bareHint;
  const url = gatewayUrl.endsWith('/') ? gatewayUrl : `${gatewayUrl}/`;
  try {
    const { status, text } = await context.fetchText(url);
    const note = status === 200 ? '' : `(status ${status})\n`;
    return `$ curl ${url}\n${text.endsWith('\n') ? text : `${text}\n`}${note}`;
  } catch (error) {
    return `$ curl ${url}\nno answer: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}
