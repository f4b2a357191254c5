import { type RequestHandler, type Response, Router } from 'express';
import type { JsonResult } from '#platform/json-call.ts';
import { numericId } from '#platform/numeric-id.ts';
import { exchangeOf } from '#platform/telemetry.ts';
import type { Backends } from '#services/productpage/backends.ts';
import { PRODUCTS } from '#services/productpage/products.ts';
import { unavailable } from '#services/productpage/unavailable.ts';

/** `/api/v1/products…`: what the services behind the page say, as JSON. */
export function api(backends: Backends): Router {
  const router = Router();
  const root = '/api/v1/products';
  router.get(root, (_req, res) => {
    exchangeOf(res).route = root;
    res.json(PRODUCTS);
  });
  router.get(`${root}/:id`, passOn('details', { route: `${root}/{id}`, ask: backends.details }));
  for (const part of ['reviews', 'ratings'] as const)
    router.get(`${root}/:id/${part}`, passOn(part, { route: `${root}/{id}/${part}`, ask: backends[part] }));
  return router;
}

interface Passage {
  readonly route: string;
  ask(id: number, res: Response): Promise<JsonResult<unknown>>;
}

function passOn(part: string, { route, ask }: Passage): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const exchange = exchangeOf(res);
    exchange.route = route;
    const id = numericId(req.params.id);
    if (id === undefined) {
      exchange.error = 'please provide numeric product id';
      return void res.status(400).json({ error: exchange.error });
    }
    const result = await ask(id, res);
    if (result.ok) return void res.json(result.value);
    exchange.error = `${part} ${result.reason}`;
    // A redirect is not followed and means nothing to this service's clients.
    const status = result.answered && result.status >= 400 ? result.status : 500;
    res.status(status).json({ error: unavailable(part) });
  };
}
