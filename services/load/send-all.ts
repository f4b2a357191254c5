import { Connection } from '#services/load/connection.ts';
import type { Plan } from '#services/load/plan.ts';
import { Result } from '#services/load/result.ts';
import type { Target } from '#services/load/target.ts';

interface SendOptions {
  readonly plan: Plan;
  readonly target: Target;
  /** Aborts when no further request is to be sent. */
  readonly stop: AbortSignal;
  readonly onFailure: (reason: string) => void;
}

/** How often to check whether a connection's request has waited too long, in milliseconds. */
const TIMEOUT_CHECK = 50;

/**
 * Carries out a plan as a closed loop: a connection sends its next request when the last one is answered, and with a
 * rate, not before it is due. A late connection catches up.
 */
export async function sendAll({ plan, target, stop, onFailure }: SendOptions): Promise<Result> {
  const result = new Result();
  const onSocket = () => {
    result.sockets++;
  };
  const { timeoutMs } = plan;
  const connections = Array.from(
    { length: plan.connections },
    () => new Connection({ target, timeoutMs, onFailure, onSocket }),
  );
  const watch = setInterval(() => {
    const now = performance.now();
    for (const connection of connections) connection.checkTimeout(now);
  }, TIMEOUT_CHECK);
  const startedAt = performance.now();
  await Promise.all(
    connections.map((connection, index) =>
      new Loop({ plan, connection, index, result, stop, startedAt }).run(),
    ),
  );
  result.elapsed = (performance.now() - startedAt) / 1000;
  clearInterval(watch);
  for (const connection of connections) connection.close();
  return result;
}

interface LoopOptions {
  readonly plan: Plan;
  readonly connection: Connection;
  readonly index: number;
  readonly result: Result;
  readonly stop: AbortSignal;
  readonly startedAt: number;
}

/** The requests of one connection. */
class Loop {
  readonly #options: LoopOptions;
  readonly #requests: number;
  readonly #endsAt: number;
  /** Milliseconds between two requests; 0 for none. */
  readonly #interval: number;
  readonly #ended = Promise.withResolvers<void>();
  #sent = 0;
  #sentAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoopOptions) {
    const { plan, index, startedAt } = options;
    const { connections, requests, duration, qps } = plan;
    this.#options = options;
    const share = Math.floor(requests / connections) + (index < requests % connections ? 1 : 0);
    this.#requests = requests > 0 ? share : Number.POSITIVE_INFINITY;
    this.#endsAt = duration > 0 ? startedAt + duration : Number.POSITIVE_INFINITY;
    this.#interval = qps > 0 ? (1000 * connections) / qps : 0;
  }

  run(): Promise<void> {
    const { stop } = this.#options;
    stop.addEventListener('abort', () => this.#interrupt(), { once: true });
    this.#next();
    return this.#ended.promise;
  }

  #next = (): void => {
    const now = performance.now();
    const due = this.#dueAt();
    if (this.#isOver(now)) this.#ended.resolve();
    else if (due - now < 1) this.#send();
    else if (due >= this.#endsAt) this.#timer = setTimeout(this.#ended.resolve, this.#endsAt - now);
    else this.#timer = setTimeout(this.#next, due - now);
  };

  #isOver(now: number): boolean {
    return this.#sent >= this.#requests || now >= this.#endsAt || this.#options.stop.aborted;
  }

  /** The connections begin one after the other, so that the rate is even. */
  #dueAt(): number {
    const { startedAt, plan, index } = this.#options;
    return this.#interval === 0 ? 0 : startedAt + this.#interval * (this.#sent + index / plan.connections);
  }

  #send(): void {
    this.#sent++;
    this.#sentAt = performance.now();
    this.#options.connection.send((answer) => {
      this.#options.result.record(performance.now() - this.#sentAt, answer);
      // If a server refuses connections, retries must not fill this turn for ever.
      if (answer) this.#next();
      else setImmediate(this.#next);
    });
  }

  /** A request under way is still waited for. */
  #interrupt(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#next();
  }
}
