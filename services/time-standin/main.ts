/** Plays time.jsontest.com. Every path and method is answered with the time, as the real host does. */
import { runStandIn } from '#platform/stand-in.ts';
import { timeAnswer } from '#services/time-standin/answer.ts';

await runStandIn((_request, response) => {
  const body = timeAnswer(new Date());
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
