import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** What node's server makes its requests and responses of. */
export interface ServerClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse<IncomingMessage>;
}

/**
 * Classes with which a server makes requests and responses that are the app's from the start. Express gives each its
 * prototype otherwise, and an object whose prototype changes is slow to use for the rest of its life.
 */
export function expressClasses(app: Express): ServerClasses {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<IncomingMessage> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
