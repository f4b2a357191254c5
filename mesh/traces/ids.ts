/**
 * A trace's id in the one form that is compared: lower case, 32 digits, or 16 when the upper half is zero. A program
 * that knows only 64 bits and one that fills them up with zeros mean the same trace.
 */
export function traceId(text: string): string {
  const padded = text.toLowerCase().padStart(32, '0');
  return /^0{16}/.test(padded) ? padded.slice(16) : padded;
}

/** A span's id: 16 digits, in lower case. */
export function spanId(text: string): string {
  return text.toLowerCase().padStart(16, '0');
}

/** Whether the text can be a trace's id: up to 32 hexadecimal digits that are not all zero. */
export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{1,32}$/i.test(text) && !/^0+$/.test(text);
}
