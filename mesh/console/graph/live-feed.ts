import type { ServerResponse } from 'node:http';
import type { LiveGraph } from '#mesh/console/graph/live-graph.ts';
import { openLines } from '#mesh/console/server/answers.ts';

export interface LiveFeedOptions {
  readonly graph: Pick<LiveGraph, 'isChanged' | 'look' | 'state'>;
  /** What else changes, by the name of its event: asked with each look, and sent when it is another than before. */
  readonly others: Readonly<Record<string, () => unknown>>;
  readonly onBug: (error: unknown) => void;
}

/** How often Envoys are asked at most, ms. */
const tick = 1_000;
/** How often is looked whether a policy has changed: that costs nothing. */
const glance = 100;
/** A look may take this part of the time, so that a large mesh is asked more seldom. */
const share = 0.03;

/** Server-sent events for every page that is open. While none is, nothing is asked and nothing is counted. */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #readers = new Set<(text: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #nextLook = 0;
  readonly #sent = new Map<string, string>();

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  /** Whether anybody looks. */
  get isWatched(): boolean {
    return this.#readers.size > 0;
  }

  /** Sends events to a page until it leaves. */
  join(response: ServerResponse): void {
    // What was sent last to others, who have left, is no longer so.
    if (!this.isWatched) this.#sent.clear();
    const write = openLines(response, 'text/event-stream');
    const reader = (text: string) => void write(text);
    for (const [name, text] of this.#sent) reader(eventText(name, text));
    this.#readers.add(reader);
    response.once('close', () => this.#readers.delete(reader));
    this.#nextLook = 0;
    this.#timer ??= setTimeout(() => this.#step(), 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#readers.clear();
  }

  async #step(): Promise<void> {
    try {
      await this.#advance();
    } catch (error) {
      this.#options.onBug(error);
    }
    this.#timer = this.isWatched ? setTimeout(() => void this.#step(), glance) : undefined;
  }

  async #advance(): Promise<void> {
    const { graph, others } = this.#options;
    const isDue = performance.now() >= this.#nextLook;
    if (!isDue && !graph.isChanged) return;
    const before = process.cpuUsage();
    if (isDue) await graph.look();
    this.#send('graph', graph.state());
    for (const [name, get] of Object.entries(others)) this.#send(name, get());
    if (!isDue) return;
    const { user, system } = process.cpuUsage(before);
    this.#nextLook = performance.now() + Math.max(tick - glance / 2, (user + system) / 1000 / share);
  }

  #send(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#sent.get(name) === text) return;
    this.#sent.set(name, text);
    for (const reader of this.#readers) reader(eventText(name, text));
  }
}

function eventText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
