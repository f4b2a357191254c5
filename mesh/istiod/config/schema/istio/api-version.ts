import { z } from 'zod';

/** Istio serves all three with one schema. */
export const networkingVersion = z.enum([
  'networking.istio.io/v1',
  'networking.istio.io/v1beta1',
  'networking.istio.io/v1alpha3',
]);

export const securityVersion = z.enum(['security.istio.io/v1', 'security.istio.io/v1beta1']);

export const telemetryVersion = z.enum(['telemetry.istio.io/v1', 'telemetry.istio.io/v1alpha1']);

export const writtenByIstio = { status: 'written by Istio' };
