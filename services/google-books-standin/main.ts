/** Plays www.googleapis.com. The demos need only the Google Books API's search by ISBN. */
import { runStandIn } from '#platform/stand-in.ts';
import { booksAnswer } from '#services/google-books-standin/answer.ts';

await runStandIn(({ url = '' }, response) => {
  const { status, body } = booksAnswer(url);
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
