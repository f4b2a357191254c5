/** Stars, 0 to 5, by reviewer. */
export type Ratings = Readonly<Record<string, number>>;

/** What a read came to: the ratings, or the status and text for the client and, for the log, the reason. */
export type ReadResult =
  | { readonly ok: true; readonly ratings: Ratings }
  | {
      readonly ok: false;
      readonly status: 404 | 500 | 503;
      readonly error: string;
      readonly reason: string;
    };

/** Where ratings are kept. */
export interface RatingsStore {
  /** Failures are results, never rejections. */
  read(productId: number): Promise<ReadResult>;
  /** Absent where ratings can only be read. */
  readonly write?: (productId: number, ratings: Ratings) => void;
  close(): Promise<void>;
}
