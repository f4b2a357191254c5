import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { bodyLimit } from '#platform/body-limit.ts';
import { expressClasses } from '#platform/express-classes.ts';
import { Readiness } from '#platform/probes.ts';
import { serve } from '#platform/serving.ts';

async function origin() {
  const app = express();
  app.use(bodyLimit('1kb'));
  app.use((req, res) => void res.json({ path: req.path, app: req.app === app && res.app === app }));
  const server = await serve({
    handler: app,
    classes: expressClasses(app),
    host: '127.0.0.1',
    port: 0,
    readiness: new Readiness(),
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.drain({ delayMs: 0, timeoutMs: 0 }) };
}

test('with or without a body, of known length or chunked, up to the limit; the app is itself', async () => {
  const { url, close } = await origin();
  const body = { path: '/x', app: true };
  await request(url).get('/x').expect(200, body);
  await request(url).post('/x').send('x'.repeat(1000)).expect(200, body);
  await request(url).post('/x').send('x'.repeat(2000)).expect(413);
  const chunked = (size: number) =>
    fetch(`${url}/x`, {
      method: 'POST',
      body: new Blob(['x'.repeat(size)]).stream(),
      duplex: 'half',
    } as RequestInit);
  expect((await chunked(1000)).status).toBe(200);
  expect((await chunked(2000)).status).toBe(413);
  await close();
});
