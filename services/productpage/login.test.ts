import request from 'supertest';
import { expect, test } from 'vitest';
import { started } from '#services/productpage/testing/started.ts';

type Browser = ReturnType<typeof request.agent>;

/** Keeps cookies, as a browser does. */
const browser = (origin: string): Browser => request.agent(origin);
const logIn = (as: Browser, username: string) =>
  as.post('/login').type('form').send({ username, passwd: 'x' });

test('a log-in lasts until the log-out, and the services behind learn of it', async () => {
  const { origin, stubs } = await started();
  const jason = browser(origin);
  await logIn(jason, ' jason ').expect(302).expect('location', '/productpage');
  expect((await jason.get('/productpage').expect(200)).text).toContain('Signed in as <strong>jason</strong>');
  expect(stubs.requests.map(({ headers }) => headers['end-user'])).toEqual(['jason', 'jason']);
  await jason.get('/logout').expect(302).expect('location', '/productpage');
  expect((await jason.get('/productpage').expect(200)).text).not.toContain('jason');
  expect(stubs.requests.at(-1)?.headers).not.toHaveProperty('end-user');
});

test('the cookie is signed, and kept from scripts and other sites', async () => {
  const { origin } = await started();
  const answer = await logIn(browser(origin), 'jason');
  const cookies = (answer.headers['set-cookie'] as unknown as string[]).join('\n');
  expect(cookies).toMatch(/^session=[^;]+; path=\/; samesite=lax; httponly$/m);
  expect(cookies).toMatch(/^session\.sig=[\w-]{43}; path=\/; samesite=lax; httponly$/m);
  const secure = await logIn(browser(origin), 'jason').set('x-forwarded-proto', 'https');
  expect(String(secure.headers['set-cookie'])).toContain('; secure;');
});

test('after log-in and log-out a browser is where it was; a forged Referer leads nowhere else', async () => {
  const { origin } = await started();
  const jason = browser(origin);
  await logIn(jason, 'jason').set('referer', `${origin}/?a=1`).expect(302).expect('location', '/?a=1');
  await jason.post('/logout').set('referer', `${origin}//evil.example`).expect('location', '/evil.example');
  await logIn(jason, 'x').set('referer', 'http://evil.example/').expect('location', '/productpage');
  await jason.get('/login').expect(302).expect('location', '/productpage');
});

test("a client's own end-user counts for nothing", async () => {
  const { origin, stubs } = await started();
  await request(origin).get('/productpage').set('end-user', 'admin').expect(200);
  expect(stubs.requests).toHaveLength(2);
  for (const { headers } of stubs.requests) expect(headers).not.toHaveProperty('end-user');
});

test('a forged session is ignored, and noted once for its request', async () => {
  const { origin, log } = await started({ LOG_LEVEL: 'debug' });
  const forged = Buffer.from('{"user":"admin"}').toString('base64');
  for (const cookie of [`session=${forged}`, `session=${forged}; session.sig=AAAA`]) {
    const before = log().length;
    const page = await request(origin).get('/productpage').set('cookie', cookie).expect(200);
    expect(page.text).not.toContain('admin');
    const notes = log()
      .slice(before)
      .filter(({ msg }) => String(msg).startsWith('ignored a session'));
    expect(notes).toMatchObject([{ level: 'debug' }]);
  }
});

test('a cookie of another secret is worth nothing; without a secret there is a warning', async () => {
  const [one, other] = [await started({ SESSION_SECRET: '' }), await started()];
  expect(one.log()).toContainEqual(
    expect.objectContaining({ level: 'warn', msg: expect.stringMatching(/^SESSION_SECRET is not set/) }),
  );
  expect(other.log().filter(({ level }) => level === 'warn')).toEqual([]);
  const cookies = (await logIn(browser(one.origin), 'jason')).headers['set-cookie'] as unknown as string[];
  const cookie = cookies.map((text) => text.split(';')[0]).join('; ');
  const at = async (origin: string) =>
    (await request(origin).get('/productpage').set('cookie', cookie)).text.includes('jason');
  expect([await at(one.origin), await at(other.origin)]).toEqual([true, false]);
});

test.each([
  ['an empty name', 'username=+', 'Enter a user name.'],
  ['no name', 'passwd=x', 'Enter a user name.'],
  ['two names', 'username=a&username=b', 'Enter a user name.'],
  ['a long name', `username=${'x'.repeat(101)}`, 'at most 100 characters'],
  ['a line break', 'username=a%0d%0aend-user: admin', 'without control characters'],
])('%s is refused in its place', async (_what, body, message) => {
  const { origin, stubs } = await started();
  const page = await request(origin).post('/login').send(body).expect(400);
  expect(page.text).toMatch(new RegExp(`<p class="error" id="username-error">[^<]*${message}`));
  expect(page.text).toContain('aria-invalid="true" aria-describedby="username-error"');
  expect(page.text).toContain('<h2 id="reviews">');
  expect(page.headers).not.toHaveProperty('set-cookie');
  expect(stubs.requests.every(({ headers }) => headers['end-user'] === undefined)).toBe(true);
});

test('an oversized form is refused', async () => {
  const { origin } = await started();
  await logIn(browser(origin), 'x'.repeat(5_000)).expect(413);
  await request(origin).get('/productpage').send('x'.repeat(70_000)).expect(413);
});

test.each([
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;', '<script>alert(1)</script>'],
  ['Jürgen 🐘', 'Jürgen 🐘', 'J%C3%BCrgen %F0%9F%90%98'],
  ['\ud800', '\ufffd', '%EF%BF%BD'],
])('the name %j is escaped in the page and in headers', async (name, shown, sent) => {
  const { origin, stubs } = await started();
  const user = browser(origin);
  await user.post('/login').type('json').send('{}').expect(400);
  await logIn(user, name).expect(302);
  expect((await user.get('/productpage').expect(200)).text).toContain(`<strong>${shown}</strong>`);
  expect(stubs.requests.at(-1)?.headers['end-user']).toBe(sent);
});
