import type { Express } from 'express';
import { IncomingMessage, ServerResponse } from '#platform/node-http.ts';

/** The classes of which node's server makes its requests and responses. */
export interface ServerClasses {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse<IncomingMessage>;
}

/**
 * Classes whose requests and responses have the app's prototypes from the start. Otherwise Express gives each its
 * prototype otherwise, and an object whose prototype changes is slow to use for the rest of its life.
 */
export function expressClasses(app: Express): ServerClasses {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<IncomingMessage> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request);
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response);
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
