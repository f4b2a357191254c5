import type { Invocation } from '#mesh/cli/session.ts';
import { setup as setUpEnvoy } from '#mesh/run/setup.ts';

export interface SetupFlags {
  readonly quiet?: boolean;
}

/** `mesh setup`: finds or fetches an Envoy, with progress. */
export async function setup({ context, options }: Invocation<SetupFlags>): Promise<number> {
  return setUpEnvoy({ env: context.env, out: context.stdout, quiet: options.quiet ?? false });
}
