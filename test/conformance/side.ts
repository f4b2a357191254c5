import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import type { Receipt } from '#test/conformance/echo.ts';
import type { Exchange } from '#test/conformance/facts.ts';
import type { Question } from '#test/conformance/question.ts';
import type { Answer } from '#test/conformance/send.ts';
import type { Tokens } from '#test/conformance/tokens.ts';
import { PODS } from '#test/conformance/world.ts';

/** How a write was taken. */
export interface Verdict {
  readonly refused?: string;
  readonly warned: readonly string[];
}

/** A control plane with its world: the laptop's, or the real one. */
export interface Side {
  readonly notes: Notes;
  /** A text of a case with this side's tokens and places. */
  readonly fill: (text: string) => string;
  /** Resolves when every proxy has what follows from the objects. */
  apply(objects: readonly Draft[]): Promise<Verdict>;
  /** Removes what has been applied. */
  clear(): Promise<void>;
  ask(question: Question, id: string): Promise<Answer>;
  /** A cluster in the configuration of a pod's Envoy. */
  cluster(pod: string, name: string): Promise<unknown>;
}

/** The addresses and ports of the two servers outside: `$EXT`, `$EXT_HTTP`, … in objects and requests. */
export type Places = Readonly<Record<string, string | number>>;

/** Where a side has the two servers outside, and its pods: `$POD_c`. */
export function placesOf(
  address: string,
  [first, second]: readonly Ports[],
  pods: Readonly<Record<string, string>>,
): Places {
  return {
    ...Object.fromEntries(Object.entries(pods).map(([pod, itsAddress]) => [`$POD_${pod}`, itsAddress])),
    $EXT2_HTTP: second?.http ?? 0,
    $EXT2_TCP: second?.tcp ?? 0,
    $EXT_HTTP: first?.http ?? 0,
    $EXT_TLS: first?.tls ?? 0,
    $EXT_TCP: first?.tcp ?? 0,
    $EXT: address,
  };
}

export interface Ports {
  readonly http: number;
  readonly tls: number;
  readonly tcp: number;
}

/** Where pods are that nobody has started. */
export function imaginaryAddresses(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(PODS).map((pod, index) => [pod, `10.244.0.${index + 10}`]));
}

/** A text with a side's tokens and places. */
export function inPlace(text: string, tokens: Tokens, places: Places): string {
  return Object.entries(places).reduce(
    (result, [name, value]) => result.replaceAll(name, `${value}`),
    tokens.fill(text),
  );
}

/** The objects of a step, with tokens and places filled in; a value that is a port becomes a number. */
export function filled(objects: readonly Draft[], tokens: Tokens, places: Places): Draft[] {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return value in places ? places[value] : tokens.fill(value);
    if (Array.isArray(value)) return value.map(fill);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
  };
  return fill(objects) as Draft[];
}

/** What the pods have noted, read as it grows. */
export class Notes {
  readonly home: string;
  readonly #read = new Map<string, number>();
  readonly #receipts = new Map<string, Receipt[]>();

  constructor(home: string) {
    this.home = home;
  }

  /** Who has received the request of this id until now. */
  receiptsOf(id: string): readonly Receipt[] {
    for (const file of readdirSync(this.home).filter((name) => name.endsWith('.log'))) this.#refresh(file);
    return this.#receipts.get(id) ?? [];
  }

  exchange({ id, answer }: Asked): Exchange {
    return { answer, receipts: this.receiptsOf(id) };
  }

  #refresh(file: string): void {
    const from = this.#read.get(file) ?? 0;
    if (statSync(join(this.home, file)).size === from) return;
    const fresh = readFileSync(join(this.home, file)).subarray(from);
    const whole = fresh.lastIndexOf('\n') + 1;
    this.#read.set(file, from + whole);
    for (const line of fresh.subarray(0, whole).toString('utf8').split('\n').filter(Boolean)) {
      const receipt = JSON.parse(line) as Receipt;
      this.#receipts.set(receipt.id, [...(this.#receipts.get(receipt.id) ?? []), receipt]);
    }
  }
}

export interface Asked {
  readonly id: string;
  readonly answer: Answer;
}
