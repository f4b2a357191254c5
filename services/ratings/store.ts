/** Stars, 0 to 5, by reviewer. */
export type Ratings = Readonly<Record<string, number>>;

/** The result of a read: the ratings, or the status and text for the client and the reason for the log. */
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
  /** Absent if ratings can only be read. */
  readonly write?: (productId: number, ratings: Ratings) => void;
  close(): Promise<void>;
}
