import type { Ratings } from '#services/reviews/ratings.ts';

export interface Review {
  readonly reviewer: string;
  readonly text: string;
  /** Absent in v1. */
  readonly rating?: { readonly stars: number; readonly color: string } | { readonly error: string };
}

const WRITTEN: readonly Review[] = [
  {
    reviewer: 'Reviewer1',
    text: 'Two pairs of twins, one town, and nobody knows who is who: I laughed from the first door to the last.',
  },
  {
    reviewer: 'Reviewer2',
    text: 'Quick, silly and warm. Come for the mistakes; for the deep thoughts take one of the later plays.',
  },
];

const NO_RATING = { error: 'Ratings service is currently unavailable' };

/** The reviews, with stars if ratings were asked for, or with the reason why there are none. */
export function reviewsWith(ratings: Ratings | undefined, color: string): readonly Review[] {
  if (!ratings) return WRITTEN;
  return WRITTEN.map((review) => {
    const stars = ratings.ok ? ratings.value[review.reviewer] : undefined;
    return { ...review, rating: stars === undefined ? NO_RATING : { stars, color } };
  });
}
