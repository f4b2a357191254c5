import express, { type Express, type RequestHandler } from 'express';
import { bodyLimit } from '#platform/body-limit.ts';
import type { PlatformConfig } from '#platform/config.ts';
import { jsonErrorAnswer, notFound } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { health, probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { telemetry } from '#platform/telemetry.ts';

/** Requests need no body; one that comes is read and dropped. */
const BODY_LIMIT = '64kb';

interface ReadOnlyApp<Parameters> {
  /** In Express' words: `/reviews/:id`. */
  readonly path: string;
  /** Answers GET at the path. */
  readonly endpoint: RequestHandler<Parameters>;
  /** The service's name in `/health`: `Reviews`. */
  readonly title: string;
}

/** A read-only service that answers in JSON: the way of a request, as a list. */
export function createReadOnlyApp<Parameters>(
  platform: Platform<PlatformConfig>,
  { path, endpoint, title }: ReadOnlyApp<Parameters>,
): Express {
  const { config, logger, metrics, readiness, requestLog, tracing } = platform;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.use(bodyLimit(BODY_LIMIT));
  app.get<Parameters>(path, endpoint);
  app.get('/health', health(title));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(notFound);
  app.use(jsonErrorAnswer(logger));
  return app;
}
