import type { Severity } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { ownValue } from '#mesh/own-value.ts';

/** What Istio has against an object, at one of its fields. */
export interface Problem {
  readonly path: YamlPath;
  readonly severity: Severity;
  readonly code: string;
  /** In Istio's words. */
  readonly message: string;
  /** In ours: what to do. */
  readonly fix?: string;
}

export type Problems = Iterable<Problem>;

/** A place in an object that its shape allows, whether something stands there or not; read as Istio reads messages. */
export class Field {
  readonly value: unknown;
  readonly path: YamlPath;

  constructor(value: unknown, path: YamlPath = []) {
    this.value = value;
    this.path = path;
  }

  /** The field below. */
  at(...names: readonly string[]): Field {
    return names.reduce<Field>((parent, name) => {
      const value = isObject(parent.value) ? ownValue(parent.value, name) : undefined;
      return new Field(value, [...parent.path, name]);
    }, this);
  }

  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** Empty where there is none. */
  get text(): string {
    return typeof this.value === 'string' ? this.value : '';
  }

  /** 0 where there is none. */
  get number(): number {
    return typeof this.value === 'number' ? this.value : 0;
  }

  get flag(): boolean {
    return this.value === true;
  }

  /** A list's items; none if there is no list. */
  get items(): readonly Field[] {
    const { value, path } = this;
    return Array.isArray(value) ? value.map((item: unknown, index) => new Field(item, [...path, index])) : [];
  }

  get texts(): readonly string[] {
    return this.items.map(({ text }) => text);
  }

  /** An object's members by name. */
  get entries(): readonly (readonly [string, Field])[] {
    const { value, path } = this;
    if (!isObject(value)) return [];
    return Object.entries(value).map(([name, member]) => [name, new Field(member, [...path, name])] as const);
  }

  /** Reason to refuse the object. */
  refused(message: string, fix?: string): Problem {
    return { path: this.path, severity: 'error', code: 'IST0106', message, ...(fix && { fix }) };
  }

  /** What Istio takes, and warns of. */
  warned(message: string, code = 'IST0133'): Problem {
    return { path: this.path, severity: 'warning', code, message };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
