import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';

/** Sends back what arrives on WebSockets at `/ws`. */
export function echoWebSockets(server: Server): Server {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('error', () => socket.terminate());
  });
  return server.on('upgrade', (request, stream, head) => {
    if (request.url?.split('?')[0] !== '/ws') {
      stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
  });
}
