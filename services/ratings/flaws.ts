import type { Random } from '#platform/random.ts';

/** Values of SERVICE_VERSION with which the service misbehaves on purpose. */
export const FLAWED_VERSIONS = ['v-faulty', 'v-delayed', 'v-unavailable', 'v-unhealthy'] as const;

export type FlawedVersion = (typeof FLAWED_VERSIONS)[number];

export function isFlawedVersion(version: string): version is FlawedVersion {
  return FLAWED_VERSIONS.some((flawed) => flawed === version);
}

/** What is wrong with this service at the moment. */
export interface Flaws {
  /** Draws for one request whether it is to fail. */
  fails(): boolean;
  /** Draws for one request how long it is to wait, in milliseconds. */
  delay(): number;
  /** Whether `/health` says that all is well. */
  healthy(): boolean;
}

interface FlawOptions {
  readonly version: string | undefined;
  readonly random: Random;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** How often v-unavailable and v-unhealthy change between well and ill, in milliseconds. */
const UNAVAILABLE_PERIOD = 60_000;
const UNHEALTHY_PERIOD = 15 * 60_000;
const DELAY = 7_000;

/**
 * The flaws of a version. v-faulty fails half of its requests and v-delayed makes half of them wait 7 s; v-unavailable is
 * well for a minute and fails everything in the next, and so on; v-unhealthy does the same with 15 minutes, and its
 * health check fails along.
 */
export function createFlaws({ version, random, now }: FlawOptions): Flaws {
  const startedAt = now();
  const isOut = (period: number): boolean => Math.floor((now() - startedAt) / period) % 2 === 1;
  const half = (): boolean => random() < 0.5;
  switch (version) {
    case 'v-faulty':
      return { ...NONE, fails: half };
    case 'v-delayed':
      return { ...NONE, delay: () => (half() ? DELAY : 0) };
    case 'v-unavailable':
      return { ...NONE, fails: () => isOut(UNAVAILABLE_PERIOD) };
    case 'v-unhealthy':
      return {
        ...NONE,
        fails: () => isOut(UNHEALTHY_PERIOD),
        healthy: () => !isOut(UNHEALTHY_PERIOD),
      };
    default:
      return NONE;
  }
}

const NONE: Flaws = { fails: () => false, delay: () => 0, healthy: () => true };
