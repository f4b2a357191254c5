import request from 'supertest';
import { expect, test } from 'vitest';
import { startService } from '#platform/testing.ts';
import { helloworld } from '#services/helloworld/service.ts';

test('says which version and which pod answered', async () => {
  const { origin } = await startService(helloworld, { SERVICE_VERSION: 'v2', HOSTNAME: 'helloworld-v2-abc' });
  const { text, headers } = await request(origin).get('/hello').expect(200);
  expect(text).toBe('Hello version: v2, instance: helloworld-v2-abc\n');
  expect(headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-pod-name': 'helloworld-v2-abc',
    'x-service-version': 'v2',
  });
});

test('without a version and a pod it says so', async () => {
  const { origin } = await startService(helloworld, {});
  expect((await request(origin).get('/hello').expect(200)).text).toBe(
    'Hello version: unknown, instance: unknown\n',
  );
});

test('health, probes and metrics; other paths are 404, oversized bodies 413', async () => {
  const { origin } = await startService(helloworld, { SERVICE_VERSION: 'v1' });
  expect((await request(origin).get('/health').expect(200)).text).toBe('Helloworld is healthy');
  await request(origin).get('/readyz').expect(200);
  await request(origin).get('/hello').expect(200);
  const { text } = await request(origin).get('/metrics').expect(200);
  expect(text).toContain('http_requests_total{method="GET",route="/hello",code="200"} 1');
  const error = 'there is no GET / here';
  expect((await request(origin).get('/').expect(404)).body).toEqual({ error });
  await request(origin).get('/hello').send('x'.repeat(70_000)).expect(413);
});
