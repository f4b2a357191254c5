import type { Redis } from '#services/userapi/redis.ts';
import type { User } from '#services/userapi/user.ts';

/** Users in order of their names, and the name to go on after where there are more. */
export interface UserPage {
  readonly users: readonly User[];
  readonly next?: string;
}

/** Each rejects with RedisUnavailable when Redis cannot be asked; a write may have been carried out all the same. */
export interface UserStore {
  /** Adds a user unless there is one of that name; resolves with the one that is there now. */
  add(user: User): Promise<{ readonly added: boolean; readonly user: User }>;
  /** Adds a user or puts it in another's place. */
  put(user: User): Promise<{ readonly added: boolean }>;
  find(username: string): Promise<User | undefined>;
  remove(username: string): Promise<void>;
  list(range: { readonly after: string; readonly limit: number }): Promise<UserPage>;
}

/** Every name, all with the same score, which Redis keeps in their order. */
const NAMES = 'userapi:usernames';
const keyOf = (username: string): string => `userapi:user:${username}`;

/**
 * Users as JSON, one key each, and a sorted set of their names. Both change in one transaction, which Redis writes to its
 * append-only file as a whole or not at all.
 */
export function createUserStore({ ask }: Redis): UserStore {
  return {
    async add(user) {
      const [set, , stored] = await ask((client) =>
        client
          .multi()
          .set(keyOf(user.username), JSON.stringify(user), { condition: 'NX' })
          .zAdd(NAMES, { score: 0, value: user.username })
          .get(keyOf(user.username))
          .execTyped(),
      );
      return { added: set === 'OK', user: parse(stored) ?? user };
    },
    async put(user) {
      const [before] = await ask((client) =>
        client
          .multi()
          .set(keyOf(user.username), JSON.stringify(user), { GET: true })
          .zAdd(NAMES, { score: 0, value: user.username })
          .execTyped(),
      );
      return { added: before === null };
    },
    async find(username) {
      return parse(await ask((client) => client.get(keyOf(username))));
    },
    async remove(username) {
      await ask((client) => client.multi().del(keyOf(username)).zRem(NAMES, username).execTyped());
    },
    async list({ after, limit }) {
      const start = after === '' ? '-' : `(${after}`;
      // One more than asked for tells whether there are more.
      const names = await ask((client) =>
        client.zRange(NAMES, start, '+', { BY: 'LEX', LIMIT: { offset: 0, count: limit + 1 } }),
      );
      const wanted = names.slice(0, limit);
      const stored = wanted.length > 0 ? await ask((client) => client.mGet(wanted.map(keyOf))) : [];
      // Who was deleted between the two questions is no longer there.
      const users = stored.flatMap((text) => parse(text) ?? []);
      const last = wanted.at(-1);
      return { users, ...(names.length > limit && last !== undefined && { next: last }) };
    },
  };
}

function parse(text: string | null): User | undefined {
  return text === null ? undefined : (JSON.parse(text) as User);
}
