import express, { type Express, type RequestHandler } from 'express';
import type { z } from 'zod';
import { bodyLimit } from '#platform/body-limit.ts';
import { platformVariables, port } from '#platform/config.ts';
import { jsonErrorAnswer, notFound } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { probes } from '#platform/probes.ts';
import type { Platform, Service } from '#platform/service.ts';
import { exchangeOf, telemetry } from '#platform/telemetry.ts';

/** The variables of helloworld; those of `platform/config.ts` come on top. */
const helloworldVariables = platformVariables.extend({ PORT: port().default(5000) });

type HelloworldConfig = z.output<typeof helloworldVariables>;

/** No request has a body; one that comes is read and dropped. */
const BODY_LIMIT = '64kb';

/** Says which version and which pod answered, as Istio's sample of that name does. */
export const helloworld: Service<HelloworldConfig> = {
  name: 'helloworld',
  variables: helloworldVariables,
  createApp,
};

function createApp({ config, logger, metrics, readiness, requestLog, tracing }: Platform): Express {
  const { SERVICE_VERSION: version = 'unknown', HOSTNAME: instance = 'unknown' } = config;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.use(bodyLimit(BODY_LIMIT));
  app.get('/hello', line('/hello', `Hello version: ${version}, instance: ${instance}\n`));
  app.get('/health', line('/health', 'Helloworld is healthy'));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(notFound);
  app.use(jsonErrorAnswer(logger));
  return app;
}

function line(route: string, text: string): RequestHandler {
  return (_req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = route;
    exchange.quiet = route === '/health';
    res.type('text/plain').send(text);
  };
}
