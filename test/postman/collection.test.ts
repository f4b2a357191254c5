import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from '#test/own-mesh.ts';

/** What Postman's format 2.1 has and this collection uses; https://schema.postman.com/collection/json/v2.1.0/. */
const events = z.array(
  z.strictObject({
    listen: z.literal('test'),
    script: z.strictObject({ type: z.literal('text/javascript'), exec: z.array(z.string()) }),
  }),
);
const request = z.strictObject({
  name: z.string(),
  event: events.optional(),
  request: z.strictObject({
    method: z.literal('GET'),
    header: z.array(z.strictObject({ key: z.string(), value: z.string(), type: z.literal('text') })),
    url: z.strictObject({ raw: z.string(), host: z.tuple([z.string()]), path: z.tuple([z.string()]) }),
    description: z.string().min(1),
  }),
});
const folder = z.strictObject({
  name: z.string(),
  description: z.string().min(1),
  event: events,
  item: z.array(request),
});
const collection = z.strictObject({
  info: z.strictObject({
    _postman_id: z.guid(),
    name: z.string(),
    description: z.string().min(1),
    schema: z.literal('https://schema.getpostman.com/json/collection/v2.1.0/collection.json'),
  }),
  variable: z.array(
    z.strictObject({
      key: z.string(),
      value: z.string(),
      type: z.literal('string'),
      description: z.string(),
    }),
  ),
  item: z.array(z.union([folder, request])),
});

const file = join(ROOT, 'test/mesh101.postman_collection.json');
const { variable, item } = collection.parse(JSON.parse(readFileSync(file, 'utf8')));
const requests = item.flatMap((each) => ('item' in each ? each.item : [each]));

describe('the Postman collection', () => {
  it('enters the mesh that `make up` starts, unless told otherwise', () => {
    expect(variable.map(({ key, value }) => [key, value])).toEqual([['gateway', 'http://localhost:8080']]);
  });

  it.each(requests)('$name goes to the gateway', ({ request: { url } }) => {
    expect(url).toEqual({ raw: '{{gateway}}/', host: ['{{gateway}}'], path: [''] });
  });

  it('has tests in each request, or in its folder', () => {
    const untested = item.filter(({ event }) => !event?.some(({ script }) => script.exec.length > 0));
    expect(untested).toEqual([]);
  });

  it('names only rules that exist', () => {
    const rules = JSON.stringify(item).match(/[\w-]+\.yaml/g) ?? [];
    expect(rules.length).toBeGreaterThan(0);
    expect(rules.filter((rule) => !existsSync(join(ROOT, 'istio/chain', rule)))).toEqual([]);
  });
});
