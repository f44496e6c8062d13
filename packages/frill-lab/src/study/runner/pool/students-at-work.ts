/**
 * How far the students' stage is: which students are being made, and how much of the work is done, counted in the seconds of one worker
 * of the forecast for each.
 */

import { secondsLeft } from '../forecast/seconds-left.js';
import type { NowRecord } from '../run-folder.js';

/** How often the folder says what its students are at. */
export const HEARTBEAT_MS = 5000;

export class StudentsAtWork {
  /** Of all students of the stage. */
  readonly total: number;
  readonly #began = performance.now();
  readonly #running = new Map<string, NowRecord['running'][string]>();
  #over = 0;
  #made = 0;

  /** `costs` are those of the forecast, by student. */
  constructor(
    private readonly costs: ReadonlyMap<string, number>,
    private readonly workers: number,
  ) {
    this.total = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  }

  /** Students made so far. */
  get made(): number {
    return this.#made;
  }

  /** Work done, in forecast seconds of one worker. */
  get worked(): number {
    const partly = [...this.#running].map(([name, { fraction }]) => fraction * this.#cost(name));
    return partly.reduce((sum, work) => sum + work, this.#over);
  }

  /** A student is begun, or further. */
  move(name: string, fraction: number, note: string): void {
    this.#running.set(name, { fraction, note });
  }

  end(name: string, outcome: 'made' | 'failed'): void {
    this.#running.delete(name);
    this.#over += this.#cost(name);
    if (outcome === 'made') this.#made++;
  }

  /** For a progress display. */
  toString(): string {
    const running = [...this.#running].map(
      ([name, { fraction, note }]) => `${name} ${(100 * fraction).toFixed(0)} % ${note}`,
    );
    return `${this.#made} of ${this.costs.size} done, ${running.join('; ')}`;
  }

  /** For `study status`, which another process asks for. */
  now(): NowRecord {
    const { worked, total, workers } = this;
    const elapsed = (performance.now() - this.#began) / 1000;
    return {
      at: new Date().toISOString(),
      running: Object.fromEntries(this.#running),
      secondsLeft: secondsLeft({ worked, total, elapsed, workers }),
    };
  }

  #cost(name: string): number {
    return this.costs.get(name) ?? 0;
  }
}
