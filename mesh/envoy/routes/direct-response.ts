import type { JsonObject } from '#mesh/envoy/config.ts';
import { present } from '#mesh/envoy/json.ts';
import type { DirectResponse } from '#mesh/model/route.ts';

export function directResponse({ status, body }: Pick<DirectResponse, 'status' | 'body'>): JsonObject {
  return present({ status, body: body === undefined ? undefined : { inline_string: body } });
}
