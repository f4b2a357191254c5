import type { Service } from '#platform/service.ts';
import { createApp } from '#services/chain/app.ts';
import { type ChainConfig, chainVariables } from '#services/chain/config.ts';

/** One program is frontend, middleware and backend, depending on its environment. */
export const chain: Service<ChainConfig> = {
  name: 'chain',
  variables: chainVariables,
  createApp,
};
