import { createServer } from 'node:http';
import process from 'node:process';
import { delaysFrom } from '#test/bench/delays.ts';

/** Answers every request, at `/delayed` after a delay whose percentiles are known. */
const ANSWER = 'hello\n';
const HEADERS = { 'content-type': 'text/plain', 'content-length': ANSWER.length };
const nextDelay = delaysFrom(0);

createServer((req, res) => {
  const answer = () => res.writeHead(200, HEADERS).end(ANSWER);
  if (req.url === '/delayed') setTimeout(answer, nextDelay());
  else answer();
}).listen(Number(process.env['PORT']), '127.0.0.1');
