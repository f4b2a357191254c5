/** Redis does not answer at the moment. It may have carried out a write that ends so, or may still do it. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Redis ${reason}`, options);
  }
}
