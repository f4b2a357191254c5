import { createServer } from 'node:http';
import process from 'node:process';
import { Agent, request } from 'undici';

/**
 * The yardstick: one hop as one would write it with node:http and undici alone. It answers with the chain's text and
 * does nothing else: no log, no metrics, no headers passed on, no faults, no time-outs, no other forms.
 */
const { SERVICE_NAME = 'bare', UPSTREAM_URI = '', PORT } = process.env;
const dispatcher = new Agent();

createServer(async (_req, res) => {
  const startedAt = performance.now();
  try {
    const { body } = await request(UPSTREAM_URI, { dispatcher });
    const answer = await body.text();
    const seconds = (performance.now() - startedAt) / 1000;
    const text = `${SERVICE_NAME} - ${seconds.toFixed(3)}secs\n${UPSTREAM_URI} -> ${answer.trimEnd()}\n`;
    res.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
    res.end(text);
  } catch (error) {
    res.writeHead(502, { 'content-type': 'text/plain' });
    res.end(String(error));
  }
}).listen(Number(PORT), '127.0.0.1');
