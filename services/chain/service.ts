import type { Service } from '#platform/service.ts';
import { createApp } from '#services/chain/app.ts';
import { type ChainConfig, chainVariables } from '#services/chain/config.ts';

/** One program for frontend, middleware and backend: their environment makes them what they are. */
export const chain: Service<ChainConfig> = {
  name: 'chain',
  variables: chainVariables,
  createApp,
};
