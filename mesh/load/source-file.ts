/** A manifest's text. */
export interface SourceFile {
  /** As the user named it (`k8s/chain.yaml`, `<stdin>`); it is what diagnostics show. */
  readonly file: string;
  readonly text: string;
}
