import type { Hop } from '#services/chain/hop.ts';

/** The parts of a hop's name: `middleware-canary` is `middleware` in its version `canary`. */
export function nameAndVersion(hop: Pick<Hop, 'name' | 'version'>): { service: string; version: string };

/** Tells a hop of the chain from any other JSON. */
export function isHop(value: unknown): value is Hop;

/** Every hop that answered, the first one first. */
export function hopsOf(hop: Hop): Hop[];

/** Text made safe for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: unknown): string;

/** Who stands at each depth of the chain, the first one first, and whom the last one called. */
export function pathOf(hop: Hop): string[];

/**
 * The chain as HTML boxes, each with its version, time and status; where a failure began is marked. Those of `known`, a path, that
 * this request did not reach follow it in grey.
 */
export function picture(hop: Hop, known?: readonly string[]): string;
