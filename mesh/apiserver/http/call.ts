import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from '#mesh/apiserver/api.ts';
import type { Representation } from '#mesh/apiserver/http/body.ts';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';
import type { ResourceType } from '#mesh/apiserver/resource-type.ts';

/** One request for a resource, with everything that its path, query and headers say. */
export interface Call {
  readonly api: Api;
  readonly facts: KindFacts;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly representation: Representation;
  readonly type: ResourceType;
  /** The version in which the client speaks of it. */
  readonly version: string;
  readonly namespace: string | undefined;
  /** Absent: the whole collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}
