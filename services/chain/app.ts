import express, { type Express } from 'express';
import { bodyLimit } from '#platform/body-limit.ts';
import { errorAnswer } from '#platform/error-answer.ts';
import { probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { type Sickness, sicknessToggle } from '#platform/sickness.ts';
import { telemetry } from '#platform/telemetry.ts';
import type { ChainConfig } from '#services/chain/config.ts';
import { chainCounts } from '#services/chain/counts.ts';
import { createFaults } from '#services/chain/fault.ts';
import { hopHandler } from '#services/chain/handler.ts';

/** No lesson sends a body; if one comes, it is read and dropped. */
const BODY_LIMIT = '64kb';

/** The way of a request, as a list. `/` comes early, since every handler before it costs each request some time. */
export function createApp(platform: Platform<ChainConfig>): Express {
  const { config, logger, metrics, name, random, readiness, requestLog, tracing } = platform;
  const sickness: Sickness = { sick: false };
  const hop = hopHandler({
    platform,
    faults: createFaults({ config, random, sickness }),
    counts: chainCounts(metrics.registry),
  });

  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(bodyLimit(BODY_LIMIT));
  app.all('/', hop);
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(sicknessToggle(name, sickness));
  // Any other path too, so that routing by path can be shown.
  app.use(hop);
  app.use(errorAnswer(logger));
  return app;
}
