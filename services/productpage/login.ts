import express, { type RequestHandler, Router } from 'express';
import { exchangeOf } from '#platform/telemetry.ts';
import { wayBack } from '#services/productpage/way-back.ts';

const BODY_LIMIT = '4kb';
const LONGEST_NAME = 100;

/** What the form shows after a failed log-in. */
export interface FailedLogin {
  readonly username: string;
  /** For the user: what to do about it. */
  readonly error: string;
}

/** `POST /login` and `/logout`. Anybody can be anyone: nobody even reads the password. */
export function login(showFailure: (failed: FailedLogin) => RequestHandler): Router {
  const router = Router();
  router.get('/login', route('/login'), (_req, res) => res.redirect('/productpage'));
  router.post('/login', route('/login'), express.urlencoded({ extended: false, limit: BODY_LIMIT }));
  router.post('/login', (req, res, next) => {
    const username = usernameOf(req.body);
    const error = mistakeIn(username);
    if (error !== undefined) return showFailure({ username, error })(req, res, next);
    req.session = { user: username };
    res.redirect(wayBack(req));
  });
  router.all('/logout', route('/logout'), (req, res) => {
    req.session = null;
    res.redirect(wayBack(req));
  });
  return router;
}

function route(path: string): RequestHandler {
  return (_req, res, next) => {
    exchangeOf(res).route = path;
    next();
  };
}

/** A form may have the field twice, or not at all. */
function usernameOf(body: unknown): string {
  const username: unknown = (body as { username?: unknown } | undefined)?.username;
  return typeof username === 'string' ? username.trim().toWellFormed() : '';
}

function mistakeIn(username: string): string | undefined {
  if (username === '') return 'Enter a user name.';
  if (username.length > LONGEST_NAME) return `Enter a user name of at most ${LONGEST_NAME} characters.`;
  return /\p{Cc}/u.test(username) ? 'Enter a user name without control characters.' : undefined;
}
