// A program for the runner's tests that both answers and asks: lines by TCP, and by HTTP whatever the path says.
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import process from 'node:process';

const { SERVICE_NAME: name, HOST_MAP = '', PORT_MAP = '' } = process.env;
const hosts = new Map(HOST_MAP.split(',').map((pair) => pair.split('=')));
const ports = new Map(PORT_MAP.split(',').map((pair) => pair.split(':')));
const sockets = new Set();
let requests = 0;
let code = 200;

/** Answers every line with the name before it. */
const lines = createServer((socket) => {
  sockets.add(socket.once('close', () => sockets.delete(socket)));
  socket.on('error', () => undefined);
  socket.on('data', (data) => socket.write(`${name} ${data}`));
});

/** What a service answers to a line, by whatever address the program has been told of. */
function ask(to, line) {
  const [host, port] = (hosts.get(to) ?? to).split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => socket.write(`${line}\n`));
    socket.once('data', (data) => resolve(String(data)));
    socket.once('error', (error) => resolve(error.code));
    socket.once('close', () => resolve('closed'));
  });
}

const actions = {
  '/ask': ({ to, line }) => ask(to, line),
  '/become': ({ status }) => {
    code = Number(status);
    return status;
  },
  '/count': () => String(requests),
  '/told': () => HOST_MAP,
  '/slow': ({ delay }) => new Promise((resolve) => setTimeout(resolve, Number(delay), name)),
};

const web = createHttpServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://peer');
  const action = actions[pathname];
  if (!action) requests += 1;
  const answer = action ? await action(Object.fromEntries(searchParams)) : name;
  response.writeHead(action ? 200 : code).end(answer);
});

const local = (port) => Number(ports.get(String(port)) ?? port);
if (ports.has('9000')) lines.listen(local(9000), '127.0.0.1');
if (ports.has('8080')) web.listen(local(8080), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
