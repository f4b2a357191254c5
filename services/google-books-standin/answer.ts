/** A volume with the fields that https://developers.google.com/books/docs/v1/reference/volumes lists. */
const COMEDY_OF_ERRORS = {
  kind: 'books#volume',
  volumeInfo: {
    title: 'The Comedy of Errors',
    authors: ['William Shakespeare'],
    publisher: 'Courier Corporation',
    publishedDate: '2002-01-01',
    industryIdentifiers: [
      { type: 'ISBN_10', identifier: '0486424618' },
      { type: 'ISBN_13', identifier: '9780486424613' },
    ],
    pageCount: 80,
    printType: 'BOOK',
    language: 'en',
  },
};

/** The Google Books API's answer to a path with its query: the books with the ISBN of `q=isbn:…`. */
export function booksAnswer(url: string): { status: number; body: string } {
  const { pathname, searchParams } = new URL(url, 'https://www.googleapis.com');
  if (pathname !== '/books/v1/volumes') return answer(404, { error: { code: 404, message: 'Not Found' } });
  const isbn = /^isbn:(.+)$/.exec(searchParams.get('q') ?? '')?.[1];
  const { industryIdentifiers } = COMEDY_OF_ERRORS.volumeInfo;
  const items = industryIdentifiers.some(({ identifier }) => identifier === isbn) ? [COMEDY_OF_ERRORS] : [];
  // The real API leaves `items` out when it finds nothing.
  const found = items.length > 0 ? { items } : {};
  return answer(200, { kind: 'books#volumes', totalItems: items.length, ...found });
}

function answer(status: number, value: unknown): { status: number; body: string } {
  return { status, body: `${JSON.stringify(value, null, 2)}\n` };
}
