/** An expression that every check of ours takes, as it is well written, but no Envoy: its program is too large. */
export const refusedExpression = `/${'\\pL{1000}'.repeat(5)}`;
/** What Envoy says of it. */
export const refusal = `regex '${refusedExpression}' RE2 program size of 35005 > max program size of 32768 set for the error level threshold. Increase configured max program size if necessary.`;
