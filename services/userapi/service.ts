import type { Service } from '#platform/service.ts';
import { createApp } from '#services/userapi/app.ts';
import { type UserapiConfig, userapiVariables } from '#services/userapi/config.ts';

/** A REST API for users, which it keeps in Redis. */
export const userapi: Service<UserapiConfig> = {
  name: 'userapi',
  variables: userapiVariables,
  createApp,
};
