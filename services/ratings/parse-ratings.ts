import { z } from 'zod';
import { parseJson } from '#platform/parse-json.ts';
import type { Ratings } from '#services/ratings/store.ts';

const ratingsSchema = z.record(z.string().min(1).max(100), z.int().min(0).max(5));

/** Stars by reviewer as a client writes them; undefined for anything else. */
export function parseRatings(text: string): Ratings | undefined {
  try {
    return ratingsSchema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}
