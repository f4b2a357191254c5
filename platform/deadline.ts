/** What a promise comes to, or the signal's reason where that comes first. The promise is left to itself then. */
export function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const abandon = () => reject(signal.reason);
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon, { once: true });
  return Promise.race([promise, late]).finally(() => signal.removeEventListener('abort', abandon));
}
