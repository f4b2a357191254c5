import express, { type Express } from 'express';
import type { z } from 'zod';
import { platformVariables, port } from '#platform/config.ts';
import { errorAnswer, notFound } from '#platform/error-answer.ts';
import { probes } from '#platform/probes.ts';
import type { Platform, Service } from '#platform/service.ts';
import { telemetry } from '#platform/telemetry.ts';

const loadVariables = platformVariables.extend({ PORT: port().default(8080) });

type LoadConfig = z.output<typeof loadVariables>;

/** A pod of load does nothing but wait for `kubectl exec`. */
export const load: Service<LoadConfig> = { name: 'load', variables: loadVariables, createApp };

function createApp({ logger, metrics, readiness, requestLog, tracing }: Platform<LoadConfig>): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(notFound);
  app.use(errorAnswer(logger));
  return app;
}
