import express, { type Express, type RequestHandler } from 'express';
import { jsonErrorAnswer, notFound, RequestMistake } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { health, probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf, telemetry } from '#platform/telemetry.ts';
import type { RatingsConfig } from '#services/ratings/config.ts';
import { createFlaws } from '#services/ratings/flaws.ts';
import { readRatings, storeRatings } from '#services/ratings/handlers.ts';
import { createMemoryStore } from '#services/ratings/memory-store.ts';
import { illHealth, misbehaviour } from '#services/ratings/misbehaviour.ts';
import { createMongoStore } from '#services/ratings/mongo-store.ts';
import { createMysqlStore } from '#services/ratings/mysql-store.ts';
import type { RatingsStore } from '#services/ratings/store.ts';

const BODY_LIMIT = '16kb';

/** The way of a request, as a list. */
export function createApp(platform: Platform<RatingsConfig>): Express {
  const { config, logger, metrics, random, readiness, requestLog, tracing } = platform;
  const { SERVICE_VERSION: version } = config;
  const store = storeOf(config);
  platform.atEnd.push(() => store.close());
  const flaws = createFlaws({ version, random, now: () => performance.now() });

  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app
    .route('/ratings/:id')
    .all(routed('/ratings/{id}'), misbehaviour(flaws, version))
    .get(readRatings(store))
    // Whatever its type is called: curl sends JSON as a form unless it is told otherwise.
    .post(express.text({ limit: BODY_LIMIT, type: () => true }), storeRatings(store))
    .all(notAllowed);
  app.get('/health', illHealth(flaws), health('Ratings'));
  app.use(probes({ readiness, registry: metrics.registry }));
  app.use(notFound);
  app.use(jsonErrorAnswer(logger));
  return app;
}

function storeOf(config: RatingsConfig): RatingsStore {
  if (config.DB_TYPE === 'mysql') return createMysqlStore(config);
  const { SERVICE_VERSION, MONGO_DB_URL } = config;
  if (SERVICE_VERSION === 'v2' && MONGO_DB_URL) return createMongoStore({ ...config, MONGO_DB_URL });
  return createMemoryStore();
}

/** Names the route for the metrics, before anything can answer. */
function routed(route: string): RequestHandler {
  return (_req, res, next) => {
    exchangeOf(res).route = route;
    next();
  };
}

const notAllowed: RequestHandler = (req, res) => {
  res.set('allow', 'GET, POST');
  throw new RequestMistake(`${req.method} ${req.path}: must be a GET or a POST`, { status: 405 });
};
