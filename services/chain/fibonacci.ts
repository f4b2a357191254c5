/**
 * The nth Fibonacci number, computed slowly, with as many steps as the number is large: work whose cost you can choose,
 * and see in a trace.
 */
export function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
