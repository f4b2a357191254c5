import type { Service } from '#platform/service.ts';
import { createApp } from '#services/httpbin/app.ts';
import { type HttpbinConfig, httpbinVariables } from '#services/httpbin/config.ts';

/** Shows requests, and answers as they ask: the endpoints and shapes of httpbin.org. */
export const httpbin: Service<HttpbinConfig> = {
  name: 'httpbin',
  variables: httpbinVariables,
  createApp,
};
