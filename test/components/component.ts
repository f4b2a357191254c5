import type { SuiteOptions } from 'vitest';
import { onPath } from '#mesh/kubelet/binary/on-path.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test is skipped; test/reporting/lacking.ts says it at the end. */
    lacks?: Component;
  }
}

/** CI must have every component; a reader's machine need not. */
const required: boolean = process.env['REQUIRE_COMPONENTS'] !== undefined;

/** A real program that tests drive and that comes with no package of ours. */
export interface Component {
  readonly name: string;
  readonly isThere: boolean;
  /** Tests skip without it in CI as well: no package manager carries it. */
  readonly isOptional?: boolean;
  /** How to get it, to stand after "MariaDB is missing:". */
  readonly fix: string;
}

/** The program that a variable names, else the one of that name on PATH. */
export function program(name: string, variable: string): string | undefined {
  return process.env[variable] || onPath(name, process.env['PATH']);
}

/** The options of a `describe` or `it` that needs the component: without it the tests are skipped, and fail where components are required. */
export function needs(component: Component): Pick<SuiteOptions, 'skip' | 'meta'> {
  return component.isThere || (required && !component.isOptional)
    ? {}
    : { skip: true, meta: { lacks: component } };
}

/** What a component's starter throws where it is not there after all. */
export function missing({ name, fix }: Component): Error {
  return new Error(`${name} is missing: ${fix}`);
}
