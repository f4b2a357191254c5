import express, { type Express, type RequestHandler } from 'express';
import { errorAnswer, notFound } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { type Sickness, sicknessToggle } from '#platform/sickness.ts';
import { exchangeOf, telemetry } from '#platform/telemetry.ts';
import type { HttpbinConfig } from '#services/httpbin/config.ts';
import { endpoints, routesOf } from '#services/httpbin/routes.ts';

/** The way of a request, as a list. */
export function createApp(platform: Platform<HttpbinConfig>): Express {
  const { config, logger, metrics, name, random, readiness, requestLog, tracing } = platform;
  const sickness: Sickness = { sick: false };
  const routes = routesOf(random);
  const index = `${name}\n\n${routes.map(({ method, path }) => `${method.padEnd(7)}${path}\n`).join('')}`;
  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(sicknessToggle(name, sickness));
  app.use(illness(name, sickness));
  app.use(anyOrigin);
  app.get('/', (_req, res) => {
    exchangeOf(res).route = '/';
    res.type('text/plain').send(index);
  });
  app.use(endpoints(routes));
  app.use(notFound);
  app.use(errorAnswer(logger));
  return app;
}

/** A sick replica's answer to everything. */
function illness(name: string, sickness: Sickness): RequestHandler {
  return (_req, res, next) => {
    if (!sickness.sick) return next();
    const error = 'sick on purpose (POST /well cures)';
    exchangeOf(res).error = error;
    res.status(503).type('text/plain').send(`${name} is ${error}\n`);
  };
}

/** Pages of any origin may read the answers, as httpbin's. */
const anyOrigin: RequestHandler = ({ headers }, res, next) => {
  res.set({
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-credentials': 'true',
  });
  next();
};
