import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { bodyOf } from '#services/httpbin/body-view.ts';
import { clientGone, numberOf, pathPart } from '#services/httpbin/parameters.ts';
import { viewOf } from '#services/httpbin/request-view.ts';
import { sendSorted } from '#services/httpbin/sorted-json.ts';

/** `/delay/{seconds}`: the request as it arrived, after at most 10 s. */
export const delay: RequestHandler = async (req, res) => {
  const seconds = numberOf(pathPart(req, 'seconds'), 'delay', { min: 0, max: 10 });
  const signal = clientGone(res);
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return;
  const { json: _json, ...body } = await bodyOf(req);
  sendSorted(res, { ...viewOf(req), ...body });
};
