import { createServer } from 'node:http';
import process from 'node:process';

/** A collector that takes every batch and keeps none: what is measured is the sender. */
createServer((req, res) => {
  req.resume();
  req.on('end', () => {
    res.writeHead(req.method === 'GET' ? 200 : 202, { 'content-length': 0 });
    res.end();
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
