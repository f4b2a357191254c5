import type { RequestHandler } from 'express';
import type { PlatformConfig } from '#platform/config.ts';

/** On each answer: the pod that gave it, and its SERVICE_VERSION. */
export const POD_NAME = 'x-pod-name';
export const SERVICE_VERSION = 'x-service-version';

/** Tells clients who answered, which is what lessons on traffic shifting are about. */
export function instanceHeaders(
  config: Pick<PlatformConfig, 'HOSTNAME' | 'SERVICE_VERSION'>,
): RequestHandler {
  const headers = [
    [POD_NAME, config.HOSTNAME],
    [SERVICE_VERSION, config.SERVICE_VERSION],
  ].filter(
    (header): header is [string, string] => header[1] !== undefined && /^[\x20-\x7e]+$/.test(header[1]),
  );
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}
