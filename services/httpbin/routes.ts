import express, { type RequestHandler, Router } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import type { Random } from '#platform/random.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import { basicAuth, bearer, hiddenBasicAuth } from '#services/httpbin/endpoints/authentication.ts';
import { bytes, stream, streamBytes } from '#services/httpbin/endpoints/bytes.ts';
import { compressed } from '#services/httpbin/endpoints/compressed.ts';
import { cookies, deleteCookies, setCookie, setCookies } from '#services/httpbin/endpoints/cookies.ts';
import { delay } from '#services/httpbin/endpoints/delay.ts';
import { drip } from '#services/httpbin/endpoints/drip.ts';
import {
  absoluteRedirect,
  redirect,
  redirectTo,
  relativeRedirect,
} from '#services/httpbin/endpoints/redirects.ts';
import {
  anything,
  get,
  headers,
  ip,
  userAgent,
  uuid,
  withBody,
} from '#services/httpbin/endpoints/requests.ts';
import { responseHeaders } from '#services/httpbin/endpoints/response-headers.ts';
import { status } from '#services/httpbin/endpoints/status.ts';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: RequestHandler;
}

/** What httpbin can do. A path in curly brackets names its parts, as the index and the metrics show them. */
export function routesOf(random: Random): readonly Route[] {
  const route = (method: string, path: string, handler: RequestHandler) => ({ method, path, handler });
  return [
    route('GET', '/get', get),
    route('POST', '/post', withBody),
    route('PUT', '/put', withBody),
    route('PATCH', '/patch', withBody),
    route('DELETE', '/delete', withBody),
    route('ANY', '/anything', anything),
    route('ANY', '/anything/{*rest}', anything),
    route('GET', '/headers', headers),
    route('GET', '/ip', ip),
    route('GET', '/user-agent', userAgent),
    route('GET', '/uuid', uuid),
    route('ANY', '/status/{codes}', status(random)),
    route('ANY', '/delay/{seconds}', delay),
    route('GET', '/drip', drip),
    route('GET', '/bytes/{count}', bytes),
    route('GET', '/stream-bytes/{count}', streamBytes),
    route('GET', '/stream/{count}', stream),
    route('GET', '/redirect/{count}', redirect),
    route('GET', '/relative-redirect/{count}', relativeRedirect),
    route('GET', '/absolute-redirect/{count}', absoluteRedirect),
    route('ANY', '/redirect-to', redirectTo),
    route('GET', '/response-headers', responseHeaders),
    route('POST', '/response-headers', responseHeaders),
    route('GET', '/basic-auth/{user}/{password}', basicAuth),
    route('GET', '/hidden-basic-auth/{user}/{password}', hiddenBasicAuth),
    route('GET', '/bearer', bearer),
    route('GET', '/cookies', cookies),
    route('GET', '/cookies/set', setCookies),
    route('GET', '/cookies/set/{name}/{value}', setCookie),
    route('GET', '/cookies/delete', deleteCookies),
    route('GET', '/gzip', compressed('gzip')),
    route('GET', '/deflate', compressed('deflate')),
    route('GET', '/brotli', compressed('brotli')),
  ];
}

/** The largest body; a larger one gets 413. */
const BODY_LIMIT = '1mb';

/** Answers all routes, and other methods on their paths with 405. */
export function endpoints(routes: readonly Route[]): Router {
  const router = Router();
  const readBody = express.raw({ limit: BODY_LIMIT, type: () => true });
  for (const [path, same] of Map.groupBy(routes, ({ path }) => path)) {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1').replace('{*rest}', '*rest');
    const chain = router.route(pattern).all(named(path), readBody);
    for (const { method, handler } of same) {
      if (method === 'ANY') chain.all(handler);
      else chain[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'](handler);
    }
    chain.all(notAllowed(same.map(({ method }) => method)));
  }
  return router;
}

/** Names the route for the metrics, before anything can answer. */
function named(path: string): RequestHandler {
  return (_req, res, next) => {
    exchangeOf(res).route = path;
    next();
  };
}

function notAllowed(methods: readonly string[]): RequestHandler {
  return (req, res, next) => {
    // A hidden path passes on, though its method is right.
    if (methods.includes(req.method) || methods.includes('ANY')) return next();
    res.set('allow', methods.join(', '));
    throw new RequestMistake(`${req.method} ${req.path}: must be ${methods.join(' or ')}`, { status: 405 });
  };
}
