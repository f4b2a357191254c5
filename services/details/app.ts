import express, { type Express } from 'express';
import { bodyLimit } from '#platform/body-limit.ts';
import { jsonErrorAnswer } from '#platform/error-answer.ts';
import { health } from '#platform/health.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { notFound } from '#platform/not-found.ts';
import { probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { telemetry } from '#platform/telemetry.ts';
import type { DetailsConfig } from '#services/details/config.ts';
import { detailsEndpoint } from '#services/details/details.ts';

/** No request has a body; one that comes is read and dropped. */
const BODY_LIMIT = '64kb';

/** The way of a request, as a list. */
export function createApp(platform: Platform<DetailsConfig>): Express {
  const { config, logger, metrics, readiness, requestLog, tracing } = platform;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.use(bodyLimit(BODY_LIMIT));
  app.get('/details{/:id}', detailsEndpoint(platform));
  app.get('/health', health('Details'));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(notFound);
  app.use(jsonErrorAnswer(logger));
  return app;
}
