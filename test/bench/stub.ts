import { createServer } from 'node:http';
import process from 'node:process';

/** The end of every measured chain: what http://time.jsontest.com/ answers, with as little work as possible. */
const ANSWER = '{"time": "12:43:09 AM", "milliseconds_since_epoch": 1700000000000, "date": "11-21-2026"}\n';
const HEADERS = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER) };

createServer((_req, res) => {
  res.writeHead(200, HEADERS);
  res.end(ANSWER);
}).listen(Number(process.env['PORT']), '127.0.0.1');
