import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html } from '#mesh/serve/html.ts';
import {
  retriedTrace,
  type StartedCollector,
  spanOf,
  startCollector,
} from '#mesh/telemetry/traces/testing/spans.ts';

const evil = '"><img src=x onerror=alert(1)>';
const [retried, strange] = ['1111111111111111', '2222222222222222'] as const;

let collector: StartedCollector;
beforeAll(async () => {
  collector = await startCollector();
  collector.store.add(retriedTrace(retried));
  collector.store.add([
    spanOf({
      ...{ traceId: strange, service: evil, name: evil, at: 1000 },
      tags: { [evil]: evil, error: evil, response_flags: evil, 'service.version': evil },
      annotations: [{ timestamp: 0, value: evil }],
    }),
  ]);
});
afterAll(() => collector.close());

async function page(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${collector.origin}${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const tracesIn = (text: string) => [...text.matchAll(/data-trace="(\w+)"/g)].map((match) => match[1]);

describe('the list', () => {
  it('shows traces, the newest first, with what one looks for', async () => {
    const { status, headers, text } = await page('/');
    expect([status, tracesIn(text)]).toEqual([200, [strange, retried]]);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    const [, row = ''] = text.split(`data-trace="${retried}"`);
    for (const fact of ['<b>frontend</b>', '1 error inside', 'frontend → middleware', '4 spans', '100 ms']) {
      expect(row).toContain(fact);
    }
  });

  it('has the bar of the console at its port alone', async () => {
    expect((await page('/')).text).not.toContain('console-bar">');
    for (const path of ['/', `/trace/${retried}`])
      expect((await page(path, { 'x-mesh101-console': '1' })).text).toContain('console-bar">');
  });

  it('searches by its form, which keeps what was asked', async () => {
    const { text } = await page(
      '/?service=middleware&minDuration=20ms&status=error&tag=http.status_code%3D503',
    );
    expect(text).toContain('value="http.status_code=503"');
    expect(tracesIn((await page('/?service=middleware&minDuration=20ms')).text)).toEqual([retried]);
    expect((await page('/?service=nobody')).text).toContain('None fits.');
  });

  it('says at the field what is wrong', async () => {
    const { text } = await page(`/?minDuration=${encodeURIComponent(evil)}`);
    expect(text).toContain('aria-invalid="true" aria-describedby="minDuration-hint"');
    expect(text).toContain('is no duration; write 250us, 100ms, 1.5s or 2m');
    expect(text).not.toContain('<img');
  });

  it('is sent again only when something has changed', async () => {
    const first = await page('/rows');
    expect(tracesIn(first.text)).toEqual([strange, retried]);
    const etag = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await page('/rows', etag)).status).toBe(304);
    collector.store.add([spanOf({ traceId: retried, id: 'f000000000000000' })]);
    expect((await page('/rows', etag)).status).toBe(200);
  });
});

describe('a trace', () => {
  it.each([
    ['a GET through a gateway', 'router~1', 'GET', 'http://localhost:8080/shop?a=1', true],
    ['what is no GET', 'router~1', 'POST', 'http://localhost:8080/shop?a=1', false],
    ['a call inside the mesh', 'sidecar~1', 'GET', 'http://shop:80/shop', false],
    ['a scheme that runs a script', 'router~1', 'GET', 'javascript:alert(1)', false],
  ])('links to %s only where a browser may ask again', async (what, node, method, url, isLinked) => {
    const traceId = Buffer.from(what.padEnd(8)).toString('hex').slice(-16);
    const tags = { node_id: node, 'http.method': method, 'http.url': url };
    collector.store.add([spanOf({ traceId, kind: 'SERVER', tags })]);
    const { text } = await page(`/trace/${traceId}`);
    expect(text.includes('>Ask again</a>')).toBe(isLinked);
    expect(text.includes(`href="${url}"`)).toBe(isLinked);
  });

  it('is a waterfall with attempts, errors and Envoy’s flags', async () => {
    const { text } = await page(`/trace/${retried}`);
    for (const fact of ['attempt 1 of 2', 'attempt 2 of 2', '✖ 503 UF', '/api/v2/trace/1111111111111111']) {
      expect(text).toContain(fact);
    }
    expect(text).toContain('<tr><th scope="row">response_flags</th><td>UF</td></tr>');
    expect(text).toContain('x="10.00%" width="20.00%"');
  });

  it('that is not there says so', async () => {
    for (const id of ['3333333333333333', 'xyz', encodeURIComponent(evil)]) {
      const { status, text } = await page(`/trace/${id}`);
      expect(status).toBe(404);
      expect(text).toContain('No such trace');
      expect(text).not.toContain('<img');
    }
  });

  it('cannot bring HTML of its own', async () => {
    for (const path of ['/', '/rows', `/trace/${strange}`])
      expect((await page(path)).text).not.toContain('<img');
    expect((await page(`/trace/${strange}`)).text).toContain('onerror=alert(1)&gt;');
  });
});

describe('a trace of HTTP', () => {
  it('names a trace by what was asked for, and is loud where the answer was a failure', async () => {
    const question = { 'http.method': 'GET', 'http.url': 'http://localhost:8080/shop?a=1' };
    const traceId = '4444444444444444';
    collector.store.add([
      spanOf({ traceId, kind: 'SERVER', tags: { ...question, 'http.status_code': '503' } }),
      spanOf({
        ...{ traceId, id: 'b000000000000000', parentId: 'a000000000000000', kind: 'CLIENT', at: 1 },
        tags: { upstream_cluster: 'outbound|80||time.example' },
      }),
    ]);
    const [, row = ''] = (await page('/')).text.split(`data-trace="${traceId}"`);
    const [shown = ''] = row.split('</li>');
    for (const fact of ['class="failed"', '<b>GET /shop?a=1</b>', '✖ 503', 'frontend → time.example'])
      expect(shown).toContain(fact);
    expect((await page(`/trace/${traceId}`)).text).toContain('<h1>GET /shop?a=1</h1>');
  });
});

it('templates escape what is no HTML, and leave out what is not there', () => {
  const list = ['a', 'b<'].map((name) => html`<li>${name}</li>`);
  expect(html`<ol title="${`'"&`}">${list}${undefined}${false}${0}</ol>`.text).toBe(
    '<ol title="&#39;&quot;&amp;"><li>a</li><li>b&lt;</li>0</ol>',
  );
});
