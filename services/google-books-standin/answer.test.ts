import { expect, test } from 'vitest';
import { booksAnswer } from '#services/google-books-standin/answer.ts';

const ask = (url: string) => {
  const { status, body } = booksAnswer(url);
  return { status, body: JSON.parse(body) };
};

test.each(['0486424618', '9780486424613'])('finds the book by ISBN %s', (isbn) => {
  const { status, body } = ask(`/books/v1/volumes?q=isbn:${isbn}`);
  expect(status).toBe(200);
  expect(body.items[0].volumeInfo).toMatchObject({ title: 'The Comedy of Errors', language: 'en' });
});

test.each(['?q=isbn:1', '?q=flowers', ''])('finds nothing for %j, and then has no items', (query) => {
  expect(ask(`/books/v1/volumes${query}`)).toEqual({
    status: 200,
    body: { kind: 'books#volumes', totalItems: 0 },
  });
});

test('knows no other API', () => {
  expect(ask('/drive/v3/files').status).toBe(404);
});
