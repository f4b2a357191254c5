import type { Service } from '#platform/service.ts';
import { createApp } from '#services/productpage/app.ts';
import { type ProductpageConfig, productpageVariables } from '#services/productpage/config.ts';

/** Bookinfo's web application: it asks details and reviews, and makes a page of their answers. */
export const productpage: Service<ProductpageConfig> = {
  name: 'productpage',
  variables: productpageVariables,
  createApp,
};
