import { isDeepStrictEqual } from 'node:util';
import type { Request, RequestHandler, Response } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { readUser as parseUser, readUserNamed, readUsername } from '#services/userapi/user.ts';
import type { UserStore } from '#services/userapi/user-store.ts';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;

/**
 * `POST /users` adds a user: 201 with its address. The name is the key, so a POST that is repeated, by a client or by
 * the mesh, adds nobody: 200 for the same user again, 409 when another has the name.
 */
export function createUser(users: UserStore): RequestHandler {
  return async (req, res) => {
    const wanted = parseUser(textOf(req));
    const { added, user } = await users.add(wanted);
    if (!added && !isDeepStrictEqual(user, wanted)) {
      const { username } = wanted;
      throw new RequestMistake(`there is another user ${username}; PUT /users/${username} replaces it`, {
        status: 409,
      });
    }
    answer(res.status(added ? 201 : 200).location(`/users/${user.username}`), user);
  };
}

/** `PUT /users/{username}` adds the user (201) or replaces it (200); repeated, it changes nothing more. */
export function putUser(users: UserStore): RequestHandler {
  return async (req, res) => {
    const user = readUserNamed(nameOf(req), textOf(req));
    const { added } = await users.put(user);
    answer(res.status(added ? 201 : 200), user);
  };
}

/** `GET /users/{username}` */
export function readUser(users: UserStore): RequestHandler {
  return async (req, res) => {
    const username = nameOf(req);
    const user = await users.find(username);
    if (!user) throw new RequestMistake(`there is no user ${username}`, { status: 404 });
    answer(res, user);
  };
}

/** `DELETE /users/{username}`: 204 even if there was none, so that a DELETE can be repeated. */
export function deleteUser(users: UserStore): RequestHandler {
  return async (req, res) => {
    await users.remove(nameOf(req));
    res.status(204).end();
  };
}

/** `GET /users?limit=100&after=ann`: in order of their names; `next` is the `after` of the next page. */
export function listUsers(users: UserStore): RequestHandler {
  return async (req, res) => {
    const { limit, after, ...unknown } = req.query;
    const [name] = Object.keys(unknown);
    if (name !== undefined)
      throw new RequestMistake(`${JSON.stringify(name)}: not a parameter; there are limit and after`);
    const page = await users.list({
      limit: readLimit(limit),
      after: after === undefined ? '' : readUsername(String(after)),
    });
    answer(res, page);
  };
}

function readLimit(text: unknown): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MOST) throw new RequestMistake(`limit: must be a whole number from 1 to ${MOST}`);
  return limit;
}

/** With the end of line that terminals want. */
function answer(res: Response, value: unknown): void {
  res
    .type('json')
    .set('cache-control', 'no-store')
    .send(`${JSON.stringify(value)}\n`);
}

function nameOf({ params }: Request): string {
  return readUsername(String(params['username']));
}

/** body-parser leaves no text where there is no body. */
function textOf({ body }: Request): string {
  return typeof body === 'string' ? body : '';
}
