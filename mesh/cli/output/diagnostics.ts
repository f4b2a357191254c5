import pc from 'picocolors';
import { type CliContext, wantsColor } from '#mesh/cli/context.ts';
import { type Diagnostic, formatDiagnostic, type Severity } from '#mesh/diagnostic.ts';

/** Diagnostics on stderr, errors in red and warnings in yellow on a terminal. */
export function printDiagnostics(context: CliContext, diagnostics: readonly Diagnostic[]): void {
  const colors = pc.createColors(wantsColor(context.stderr, context.env));
  const paint: Record<Severity, (text: string) => string> = {
    error: colors.red,
    warning: colors.yellow,
    info: colors.cyan,
  };
  for (const diagnostic of diagnostics) {
    context.stderr.write(`${paint[diagnostic.severity](formatDiagnostic(diagnostic))}\n`);
  }
}
