import { onPath } from '#mesh/run/binary/on-path.ts';

/** CI must have every component that a package manager carries; a reader's machine need not. */
export const required: boolean = process.env['REQUIRE_COMPONENTS'] !== undefined;

/** The program that a variable names, else the one of that name on PATH. */
export function component(name: string, variable: string): string | undefined {
  return process.env[variable] || onPath(name, process.env['PATH']);
}

/** What is said when a component is needed and not there. */
export function missing(name: string, variable: string): Error {
  return new Error(`${name} is missing: install it, or name the program in ${variable}`);
}
