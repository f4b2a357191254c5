import { formatOverview } from '#mesh/cli/lifecycle/overview.ts';
import type { Invocation } from '#mesh/cli/session.ts';

/** `mesh status`: what runs where. */
export async function status({ context }: Invocation<object>): Promise<number> {
  const client = await context.connect();
  context.stdout.write(formatOverview(await client.overview()));
  return 0;
}
