/**
 * The nth Fibonacci number in the slow way, with as many steps as the number is large: work whose cost one can choose,
 * and see in a trace.
 */
export function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
