// A program for the runner's tests: answers with its name, and does to itself what the path says.
import { createServer } from 'node:http';
import process from 'node:process';

const ports = new Map((process.env.PORT_MAP ?? '').split(',').map((pair) => pair.split(':')));
const started = Date.now();
let sick = false;

if (process.env.MISTAKE) {
  process.stderr.write(`MISTAKE=${process.env.MISTAKE} is not allowed\n`);
  process.exit(78);
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://echo');
  if (pathname === '/crash') process.exit(1);
  if (pathname === '/sick') sick = true;
  const unready = Date.now() - started < Number(process.env.READY_AFTER ?? 0);
  const status = (pathname === '/ready' && unready) || (pathname === '/healthy' && sick) ? 503 : 200;
  const answer = () => {
    response.writeHead(status);
    const told = { '/env': process.env, '/headers': request.headers }[pathname];
    response.end(told ? JSON.stringify(told) : process.env.SERVICE_NAME);
  };
  setTimeout(answer, Number(searchParams.get('delay') ?? 0));
});

server.listen(Number(ports.get('8080') ?? 8080), '127.0.0.1', () => process.stdout.write('listening\n'));
process.once('SIGTERM', () => {
  process.stdout.write('draining\n');
  server.close(() => process.exit(0));
});
