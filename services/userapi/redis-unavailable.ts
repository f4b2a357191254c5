/** Redis cannot be asked at the moment. A write that ends so may have been carried out, or may yet be. */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Redis ${reason}`, options);
  }
}
