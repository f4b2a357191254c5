import { createServer } from 'node:net';
import process from 'node:process';

/**
 * Answers whatever comes, without reading it, with one constant HTTP answer: the least work that a Node server can do, so that a
 * client has the most. It knows its clients: none sends the next request before the answer to the last.
 */
const BODY = 'hello\n';
/** The headers are those that a Node server sends. */
const HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/plain',
  `content-length: ${BODY.length}`,
  `date: ${new Date(0).toUTCString()}`,
  'connection: keep-alive',
  'keep-alive: timeout=5',
];
const ANSWER = `${HEAD.join('\r\n')}\r\n\r\n${BODY}`;

createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(ANSWER, 'latin1'));
  // A client that is gone needs no answer.
  socket.on('error', () => socket.destroy());
}).listen(Number(process.env['PORT']), '127.0.0.1');
