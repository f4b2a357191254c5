import { onTestFinished } from 'vitest';
import { type RunningService, startService } from '#platform/testing.ts';
import { productpage } from '#services/productpage/service.ts';
import { type StubBackends, startStubBackends } from '#services/productpage/testing/stub-backends.ts';

/** A productpage before stubs, for one test. */
export async function started(
  env: Record<string, string> = {},
): Promise<RunningService & { stubs: StubBackends }> {
  const stubs = await startStubBackends();
  onTestFinished(() => stubs.close());
  const service = await startService(productpage, { SESSION_SECRET: 'for tests', ...stubs.env, ...env });
  return { ...service, stubs };
}
