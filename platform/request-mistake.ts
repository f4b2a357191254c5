/** A request that this service cannot answer because of what the client sent; becomes a 4xx with the reason. */
export class RequestMistake extends Error {
  override readonly name = 'RequestMistake';
  readonly status: number;

  constructor(message: string, { status = 400, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.status = status;
  }
}
