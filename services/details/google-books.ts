import type { Response } from 'express';
import { z } from 'zod';
import { getJson, headersToForward, type JsonResult } from '#platform/json-call.ts';
import type { Platform } from '#platform/service.ts';
import type { Book } from '#services/details/book.ts';
import type { DetailsConfig } from '#services/details/config.ts';

const HOST = 'www.googleapis.com';
const ISBN = '0486424618';
const TIMEOUT = 5_000;

/** The fields that we read of https://developers.google.com/books/docs/v1/reference/volumes; every field may be missing. */
const volumeInfo = z.object({
  authors: z.array(z.string()).default([]),
  publisher: z.string().default('unknown'),
  /** `2002-01-01`, `2002-01` or `2002`. */
  publishedDate: z.string().default(''),
  pageCount: z.number().default(0),
  printType: z.string().default(''),
  language: z.string().default(''),
  industryIdentifiers: z.array(z.object({ type: z.string(), identifier: z.string() })).default([]),
});
const volumes = z.object({ items: z.tuple([z.object({ volumeInfo })], z.unknown()) });

/** Asks Google for the book of one ISBN. */
export function googleBooks({ config, downstream, tracing }: Platform<DetailsConfig>) {
  const scheme = config.DO_NOT_ENCRYPT === 'true' ? 'http' : 'https';
  return async (id: number, res: Response): Promise<JsonResult<Book>> => {
    const result = await getJson(downstream, {
      origin: `${scheme}://${HOST}`,
      path: `/books/v1/volumes?q=isbn:${ISBN}`,
      // None of bookinfo's: cookies and tokens of its users must not leave the mesh.
      headers: headersToForward(res, tracing.forwards),
      timeoutMs: TIMEOUT,
      schema: volumes,
      res,
    });
    return result.ok ? { ...result, value: bookOf(id, result.value.items[0].volumeInfo) } : result;
  };
}

function bookOf(id: number, info: z.output<typeof volumeInfo>): Book {
  const isbn = (kind: string) =>
    info.industryIdentifiers.find(({ type }) => type === kind)?.identifier ?? 'unknown';
  return {
    id,
    author: info.authors.join(', ') || 'unknown',
    year: Number(info.publishedDate.slice(0, 4)),
    type: info.printType === 'BOOK' ? 'paperback' : 'unknown',
    pages: info.pageCount,
    publisher: info.publisher,
    language: info.language === 'en' ? 'English' : 'unknown',
    'ISBN-10': isbn('ISBN_10'),
    'ISBN-13': isbn('ISBN_13'),
  };
}
