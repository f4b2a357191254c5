import { type RequestHandler, Router } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { exchangeOf } from '#platform/telemetry.ts';

/** Whether this replica fails every request while its probes still say that it is fine. */
export interface Sickness {
  sick: boolean;
}

/**
 * `POST /sick` makes this one replica answer 503 to everything but its probes, until `POST /well`: the illness that a
 * readiness probe does not see and outlier detection does.
 */
export function sicknessToggle(name: string, sickness: Sickness): Router {
  const toggle = (sick: boolean): RequestHandler => {
    return (req, res) => {
      exchangeOf(res).route = req.path;
      if (req.method !== 'POST') {
        res.set('allow', 'POST');
        throw new RequestMistake(`${req.method} ${req.path}: must be a POST`, { status: 405 });
      }
      sickness.sick = sick;
      res.type('text/plain').send(`${name} is ${sick ? 'sick' : 'well'}\n`);
    };
  };
  return Router().all('/sick', toggle(true)).all('/well', toggle(false));
}
