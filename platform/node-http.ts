import type http from 'node:http';
import process from 'node:process';

/**
 * What this project uses of `node:http`. An import of the module itself reads everything that it exports, and one of these, WebSocket,
 * makes Node load a second HTTP client: up to 50 ms of CPU and 6 MB, in each of a mesh's dozens of processes.
 */
export const {
  Agent,
  createServer,
  IncomingMessage,
  request,
  ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} = process.getBuiltinModule('node:http');

export type Agent = http.Agent;
export type IncomingMessage = http.IncomingMessage;
