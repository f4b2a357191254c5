import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { TracingConfig } from '#platform/tracing/config.ts';
import { RequestContextManager } from '#platform/tracing/request-context-manager.ts';

export interface SdkOptions {
  readonly config: TracingConfig;
  readonly name: string;
  readonly version: string | undefined;
}

/**
 * The SDK without what nobody reads here: its metrics and logs (the service has its own), and the process and host
 * detectors, whose attributes (the whole command line) Zipkin and Jaeger would get with every single span.
 */
export function leanSdk({ name, version }: SdkOptions): Partial<NodeSDKConfiguration> {
  const attributes = { [ATTR_SERVICE_NAME]: name, [ATTR_SERVICE_VERSION]: version };
  return {
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins: detectors come last.
    resource: resourceFromAttributes(attributes),
    resourceDetectors: [envDetector],
    contextManager: new RequestContextManager(),
    metricReaders: [],
    logRecordProcessors: [],
  };
}
