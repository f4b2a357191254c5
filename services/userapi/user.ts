import { z } from 'zod';
import { RequestMistake } from '#platform/error-answer.ts';
import { parseJson } from '#platform/parse-json.ts';

const USERNAME = '1 to 64 lower-case letters, digits, dots, dashes and underscores, a letter or digit first';
const NAME = 'a text of 1 to 100 characters, on one line';

const username = z.string(USERNAME).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, USERNAME);

// Neither end blank: such names look alike and are not.
const personName = z.string(NAME).regex(/^(?!\s)[^\p{Cc}\u2028\u2029]{1,100}(?<!\s)$/u, NAME);

const EMAIL = 'an address such as ann@example.com, of at most 254 characters';

const user = z.strictObject({
  username,
  firstname: personName,
  lastname: personName,
  email: z.email(EMAIL).max(254, EMAIL).exactOptional(),
});

export type User = z.infer<typeof user>;

/** A user of a request's body. @throws RequestMistake that names everything that is wrong with it. */
export function readUser(text: string): User {
  return checked(bodyOf(text));
}

/** The same where the path names the user, so that the body need not. */
export function readUserNamed(name: string, text: string): User {
  const body = bodyOf(text);
  const written = isObject(body) ? { username: name, ...body } : body;
  const found = checked(written);
  if (found.username !== name)
    throw new RequestMistake(
      `username: must be ${JSON.stringify(name)}, as in the path; a user keeps its name`,
    );
  return found;
}

/** A name in a path. */
export function readUsername(text: string): string {
  if (!username.safeParse(text).success)
    throw new RequestMistake(`the user's name in the path must be ${USERNAME}`);
  return text;
}

function checked(value: unknown): User {
  const result = user.safeParse(value, { error: phrase });
  if (result.success) return result.data;
  throw new RequestMistake(result.error.issues.map(describe).join('; '));
}

/** What the schemas above have no words for. */
function phrase(issue: { readonly code?: string; readonly input?: unknown }): string | undefined {
  return issue.code === 'invalid_type'
    ? 'an object such as {"username": "ann", "firstname": "Ann", "lastname": "Lee"}'
    : undefined;
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `${names}: not a field of a user, who has username, firstname, lastname and email`;
  }
  const [field] = issue.path;
  return `${field === undefined ? 'the user' : String(field)}: must be ${issue.message}`;
}

function bodyOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new RequestMistake(`the body must be a user as JSON: ${(cause as Error).message}`, { cause });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
