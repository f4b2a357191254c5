import type { Invocation } from '#mesh/cli/session.ts';
import { setup as setUpEnvoy } from '#mesh/run/setup.ts';

/** `mesh setup`: finds or fetches an Envoy, with progress. */
export async function setup({ context }: Invocation<object>): Promise<number> {
  return setUpEnvoy(context.env, context.stdout);
}
