import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { jsonErrorAnswer, notFound, RequestMistake } from '#platform/error-answer.ts';
import { instanceHeaders } from '#platform/instance-headers.ts';
import { probes } from '#platform/probes.ts';
import type { Platform } from '#platform/service.ts';
import { exchangeOf, telemetry } from '#platform/telemetry.ts';
import type { UserapiConfig } from '#services/userapi/config.ts';
import { createUser, deleteUser, listUsers, putUser, readUser } from '#services/userapi/handlers.ts';
import { connectRedis, type Redis } from '#services/userapi/redis.ts';
import { RedisUnavailable } from '#services/userapi/redis-unavailable.ts';
import { createUserStore } from '#services/userapi/user-store.ts';

const BODY_LIMIT = '16kb';

/** The way of a request, as a list. */
export function createApp(platform: Platform<UserapiConfig>): Express {
  const { config, logger, metrics, name, readiness, requestLog, tracing } = platform;
  const redis = connectRedis(config, logger);
  platform.atEnd.push(async () => redis.close());
  const users = createUserStore(redis);
  // Whatever its type is called: curl sends JSON as a form unless it is told otherwise.
  const body = express.text({ limit: BODY_LIMIT, type: () => true });

  const app = express().disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(telemetry({ requestLog, metrics: metrics.server, tracing }));
  app.use(instanceHeaders(config));
  app.route('/').all(routed('/')).get(version(name, config)).all(allow('GET'));
  app
    .route('/users')
    .all(routed('/users'))
    .get(listUsers(users))
    .post(body, createUser(users))
    .all(allow('GET, POST'));
  app
    .route('/users/:username')
    .all(routed('/users/{username}'))
    .get(readUser(users))
    .put(body, putUser(users))
    .delete(deleteUser(users))
    .all(allow('GET, PUT, DELETE'));
  app.use(probes({ readiness, registry: metrics.registry, needs: { redis: () => stateOf(redis) } }));
  app.use(notFound);
  app.use(unavailableAnswer);
  app.use(jsonErrorAnswer(logger));
  return app;
}

/** `{"name":"userapi","version":"v1"}`: who answers, which is what the lessons on routing look at. */
function version(name: string, { SERVICE_VERSION }: UserapiConfig): RequestHandler {
  const answer = `${JSON.stringify({ name, version: SERVICE_VERSION ?? 'unknown' })}\n`;
  return (_req, res) => void res.type('json').send(answer);
}

/** Names the route for the metrics, before anything can answer. */
function routed(route: string): RequestHandler {
  return (_req, res, next) => {
    exchangeOf(res).route = route;
    next();
  };
}

function allow(methods: string): RequestHandler {
  return (req, res) => {
    res.set('allow', methods);
    throw new RequestMistake(`${req.method} ${req.path}: must be one of ${methods}`, { status: 405 });
  };
}

async function stateOf({ ask }: Redis): Promise<string | undefined> {
  try {
    await ask((client) => client.ping());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** 503 is for what passes, and says so: every request of this API may be repeated without harm. */
const unavailableAnswer: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof RedisUnavailable) || res.headersSent) return next(error);
  exchangeOf(res).error = error.message;
  res.status(503).set({ 'cache-control': 'no-store', 'retry-after': '1' });
  res.json({ error: `${error.message}; try again, which is safe for every request` });
};
