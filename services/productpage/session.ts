import { randomBytes } from 'node:crypto';
import cookieSession from 'cookie-session';
import { type Request, type RequestHandler, Router } from 'express';
import Keygrip from 'keygrip';
import type { Logger } from '#platform/logging.ts';
import { exchangeOf } from '#platform/telemetry.ts';

const COOKIE = 'session';

interface SessionOptions {
  readonly secret: string | undefined;
  readonly logger: Logger;
}

/** Keeps the user's name in a cookie that the service signs: no replica needs to remember anything. */
export function session({ secret, logger }: SessionOptions): Router {
  if (secret === undefined)
    logger.warn(
      'SESSION_SECRET is not set: log-ins end with this process, and other replicas do not recognize them',
    );
  const keys = new Keygrip([secret ?? randomBytes(32).toString('base64')], 'sha256');
  const signed = cookieSession({ name: COOKIE, keys, httpOnly: true, sameSite: 'lax' });
  return Router().use(signed, reportForged(logger));
}

/** The user that the session names. */
export function userOf(req: Request): string | undefined {
  const user: unknown = req.session?.['user'];
  return typeof user === 'string' ? user : undefined;
}

const HAS_COOKIE = new RegExp(`(?:^|;\\s*)${COOKIE}=[^;]`);

/** A cookie that was not signed with this secret counts as none. */
function reportForged(logger: Logger): RequestHandler {
  return (req, res, next) => {
    if (HAS_COOKIE.test(req.headers.cookie ?? '') && req.session?.isNew) {
      const { requestId } = exchangeOf(res);
      logger.debug({ requestId }, 'ignored a session cookie that is not signed with SESSION_SECRET');
    }
    next();
  };
}
