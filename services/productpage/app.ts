import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { bodyLimit } from '#platform/body-limit.ts';
import { errorAnswer, notFound } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf, telemetry } from '#platform/telemetry.ts';
import { api } from '#services/productpage/api.ts';
import { createBackends } from '#services/productpage/backends.ts';
import type { ProductpageConfig } from '#services/productpage/config.ts';
import { home } from '#services/productpage/home.ts';
import { login } from '#services/productpage/login.ts';
import { productPage } from '#services/productpage/product-page.ts';
import { session } from '#services/productpage/session.ts';

/** Of requests that should have none. */
const BODY_LIMIT = '64kb';
const STATIC = join(import.meta.dirname, 'static');

/** The way of a request, as a list. */
export function createApp(platform: Platform<ProductpageConfig>): Express {
  const { config, logger, metrics, readiness, requestLog, tracing } = platform;
  const backends = createBackends(platform);
  const showPage = productPage(backends);

  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  // The sidecar tells whether the browser came by HTTPS; then its cookie is never sent in the clear.
  app.set('trust proxy', 'loopback');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.get('/health', health);
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use('/static', countStatic, express.static(STATIC, { index: false, immutable: true, maxAge: '1y' }));
  app.use(session({ secret: config.SESSION_SECRET, logger }));
  app.use(login((failed) => showPage(failed)));
  app.use(bodyLimit(BODY_LIMIT));
  app.get('/productpage', showPage());
  app.get('/', home);
  app.use(api(backends));
  app.use(notFound);
  app.use(errorAnswer(logger));
  return app;
}

const health: RequestHandler = (_req, res) => {
  Object.assign(exchangeOf(res), { route: '/health', quiet: true });
  res.type('text/plain').send('Product page is healthy');
};

const countStatic: RequestHandler = (_req, res, next) => {
  exchangeOf(res).route = '/static';
  next();
};
