import type { DraftObject, KubernetesObject } from '#mesh/apiserver/object.ts';
import {
  type Cause,
  duplicate,
  forbidden,
  invalid,
  notFound,
  required,
  tooLong,
  unsupported,
} from '#mesh/apiserver/validation/cause.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A place in an object that is being checked: what stands there, and where. What is wrong with it is noted for all fields
 * of the object together. As in Go, what is absent, null or empty is the same.
 */
export class Field {
  readonly value: unknown;
  readonly path: string;
  readonly #causes: Cause[];

  private constructor(value: unknown, path: string, causes: Cause[]) {
    this.value = value;
    this.path = path;
    this.#causes = causes;
  }

  /** The whole of an object. */
  static of(object: unknown): Field {
    return new Field(object, '', []);
  }

  get causes(): readonly Cause[] {
    return this.#causes;
  }

  at(...names: readonly string[]): Field {
    return names.reduce<Field>((field, name) => field.#child(name), this);
  }

  /** A value in a map: `limits[cpu]`. */
  key(name: string): Field {
    return new Field(ownOf(this.value, name), `${this.path}[${name}]`, this.#causes);
  }

  /** The same place with another value somewhere beneath it. */
  with(path: readonly string[], value: unknown): Field {
    return new Field(replaced(this.value, path, value), this.path, this.#causes);
  }

  get elements(): readonly Field[] {
    if (!Array.isArray(this.value)) return [];
    return this.value.map((value, index) => new Field(value, `${this.path}[${index}]`, this.#causes));
  }

  get keys(): readonly string[] {
    return isFields(this.value) ? Object.keys(this.value) : [];
  }

  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isEmpty(): boolean {
    if (!this.isSet || this.value === '' || this.value === 0) return true;
    return Array.isArray(this.value) && this.value.length === 0;
  }

  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  get number(): number | undefined {
    return typeof this.value === 'number' ? this.value : undefined;
  }

  get strings(): readonly string[] {
    return Array.isArray(this.value) ? this.value.filter((each) => typeof each === 'string') : [];
  }

  /** What another check has found. */
  cause(found: Cause): void {
    this.#causes.push(found);
  }

  required(detail?: string): void {
    this.#causes.push(required(this.path, detail));
  }

  invalid(detail: string, value: unknown = this.value ?? null): void {
    this.#causes.push(invalid(this.path, value, detail));
  }

  /** Each of the messages is a reason why the value is invalid. */
  refuse(messages: readonly string[], value: unknown = this.value ?? null): void {
    for (const message of messages) this.invalid(message, value);
  }

  forbidden(detail: string): void {
    this.#causes.push(forbidden(this.path, detail));
  }

  duplicate(value: unknown = this.value): void {
    this.#causes.push(duplicate(this.path, value));
  }

  notFound(): void {
    this.#causes.push(notFound(this.path, this.value));
  }

  tooLong(most: number): void {
    this.#causes.push(tooLong(this.path, most));
  }

  unsupported(supported: readonly string[], value: unknown = this.value ?? ''): void {
    this.#causes.push(unsupported(this.path, value, supported));
  }

  /** Nothing, or one of these words. */
  oneOf(supported: readonly string[]): void {
    if (!this.isEmpty && !supported.includes(this.text)) this.unsupported(supported);
  }

  /** Checks a text that may not be missing. */
  named(check: (text: string) => readonly string[]): void {
    if (this.isEmpty) this.required();
    else this.refuse(check(this.text));
  }

  /** Checks a text when there is one. */
  whenNamed(check: (text: string) => readonly string[]): void {
    if (!this.isEmpty) this.refuse(check(this.text));
  }

  notNegative(): void {
    if ((this.number ?? 0) < 0) this.invalid('must be greater than or equal to 0');
  }

  positive(): void {
    if (this.number !== undefined && this.number <= 0) this.invalid('must be greater than zero');
  }

  between(low: number, high: number): void {
    if (this.number !== undefined && (this.number < low || this.number > high)) {
      this.invalid(`must be between ${low} and ${high}, inclusive`);
    }
  }

  #child(name: string): Field {
    return new Field(ownOf(this.value, name), this.path === '' ? name : `${this.path}.${name}`, this.#causes);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ownOf(value: unknown, name: string): unknown {
  return isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function replaced(owner: unknown, [step, ...more]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  const fields = isFields(owner) ? owner : {};
  return { ...fields, [step]: replaced(ownOf(fields, step), more, value) };
}

/** What a kind's shape cannot say, written in terms of fields. */
export interface FieldRules {
  /** Defaults that look at other values, and what the server allocates. */
  defaulted?(object: DraftObject, before: KubernetesObject | undefined): DraftObject;
  /** Notes everything that is wrong with the object, and what may not change. */
  check?(object: Field, before: Field | undefined): void;
  warnings?(object: Field): readonly string[];
}
