/** The extension providers that every laptop mesh has, by what they are for. */
export const PROVIDERS = { tracing: 'zipkin', accessLogging: 'envoy', metrics: 'prometheus' } as const;
