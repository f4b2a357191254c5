import type { Position } from '#mesh/diagnostic.ts';

export type YamlPath = readonly (string | number)[];

/** One YAML document of a manifest: plain data and the way back to the line of each of its fields. */
export interface ManifestDocument {
  /** As the user named it: `istio/chain/ingress.yaml`, `<stdin>`, a URL. */
  readonly file: string;
  readonly value: unknown;
  /** The position of the field at `path`, or of its nearest ancestor that is in the document. */
  at(path: YamlPath): Position;
}
