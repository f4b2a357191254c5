import { type Environment, readEnvironment } from '#platform/environment.ts';
import { tracingVariables } from '#platform/tracing/config.ts';
import { headersTracing } from '#platform/tracing/headers.ts';
import type { Tracing } from '#platform/tracing/tracing.ts';

/**
 * Starts the variant that TRACING names. Call it before anything else is loaded: the instrumentations change
 * modules while they are loaded, and a static import beside this one would have loaded them already.
 *
 * @param fallbackName the service's name if SERVICE_NAME is not set
 */
export async function startTracing(env: Environment, fallbackName: string): Promise<Tracing> {
  const environment = readEnvironment(tracingVariables, env);
  // The service reads the same variables and names all mistakes at once.
  if (!environment.ok) return headersTracing;
  const { config } = environment;
  // Without the SDK nobody would write the trace's headers.
  if (config.TRACING === 'headers' || config.OTEL_SDK_DISABLED === true) return headersTracing;
  const options = { config, name: env['SERVICE_NAME'] || fallbackName, version: env['SERVICE_VERSION'] };
  if (config.TRACING === 'simple') {
    const { startSimple } = await import('#platform/tracing/simple.ts');
    return startSimple(options);
  }
  const { startFull } = await import('#platform/tracing/full.ts');
  return startFull(options);
}
