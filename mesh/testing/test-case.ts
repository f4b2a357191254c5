import type { Diagnostic, Position } from '#mesh/diagnostic.ts';
import type { Expectation, TestRequest } from '#mesh/testing/test-file.ts';

/** One question with what is expected of its answer. */
export interface TestCase {
  readonly name: string;
  readonly position: Position;
  readonly request: TestRequest;
  readonly repeat?: number;
  /** Absent: nothing has been recorded yet. */
  readonly expect?: Expectation;
  /** The cell of the table of who may call what. */
  readonly cell?: { readonly caller: string; readonly target: string };
  /** Where a destination is expected, or, with `not`, anything but it: of istio-config-validator's tests. */
  readonly destinations?: { readonly wanted: readonly WantedDestination[]; readonly not: boolean };
}

export interface WantedDestination {
  readonly host: string;
  readonly subset?: string;
  readonly port?: number;
  readonly weight?: number;
}

/** All tests of one file. */
export interface TestSuite {
  readonly file: string;
  readonly manifests: readonly string[];
  readonly namespace: string;
  readonly outboundPolicy: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  readonly cases: readonly TestCase[];
  /** What the table says of workloads that it does not name, once the manifests tell which there are. */
  readonly others: readonly OtherCallers[];
  /** Tests only VirtualServices, whatever gateway they name, as istio-config-validator does. */
  readonly routesOnly?: true;
}

export interface ReadTests {
  readonly suites: readonly TestSuite[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface OtherCallers {
  readonly target: string;
  readonly named: readonly string[];
  /** The case of one such caller. */
  readonly caseOf: (caller: string) => TestCase;
}
