import type { JsonResult } from '#platform/json-call.ts';
import type { Reviews } from '#services/productpage/answers.ts';
import { type Instance, instanceOf } from '#services/productpage/page/instance.ts';
import { type Missing, missing } from '#services/productpage/page/missing.ts';

export type ReviewsView =
  | { readonly ok: true; readonly list: readonly ReviewView[]; readonly instance?: Instance }
  | Missing;

export interface ReviewView {
  readonly reviewer: string;
  readonly text: string;
  readonly stars?: Stars;
  /** Why there are no stars although there should be some. */
  readonly error?: string;
}

export interface Stars {
  readonly full: string;
  readonly empty: string;
  readonly count: number;
  readonly color: string;
}

const MOST_STARS = 5;

/** What the page shows of the reviews' answer. */
export function reviewsView(result: JsonResult<Reviews>): ReviewsView {
  if (!result.ok) return missing('reviews', `${result.reason}, twice`);
  const { reviews, podname, clustername } = result.value;
  const instance = instanceOf({ headers: result.headers, podname, clustername });
  const list = reviews.map(({ reviewer, text, rating }) => ({ reviewer, text, ...ratingView(rating) }));
  return { ok: true, list, ...(instance && { instance }) };
}

type Rating = Reviews['reviews'][number]['rating'];

function ratingView(rating: Rating): Pick<ReviewView, 'stars' | 'error'> {
  if (!rating) return {};
  if (isError(rating)) return { error: rating.error };
  const count = Math.min(MOST_STARS, Math.max(0, Math.round(rating.stars)));
  const [full, empty] = ['★'.repeat(count), '☆'.repeat(MOST_STARS - count)];
  return { stars: { full, empty, count, color: rating.color } };
}

function isError(rating: NonNullable<Rating>): rating is { error: string } {
  return !('stars' in rating);
}
