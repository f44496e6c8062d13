/**
 * How far the students' stage is: which students are being made, and how much of the work is done, counted in the seconds of one worker
 * of the forecast for each.
 */

import type { MachineRecord } from '../../machines/machine.js';
import { secondsLeft } from '../forecast/seconds-left.js';
import type { NowRecord } from '../run-folder.js';

/** How often the folder says what its students are at. */
export const HEARTBEAT_MS = 5000;

export class StudentsAtWork {
  /** Steps of all students of the stage. */
  readonly total: number;
  /** Side by side; with other machines their number changes. */
  #workers: number;
  /** Worker-seconds until `#counted`. */
  #spent = 0;
  #counted = performance.now();
  readonly #running = new Map<string, NowRecord['running'][string]>();
  #machines: readonly MachineRecord[] = [];
  #over = 0;
  #made = 0;

  /** `costs` are those of the forecast, by student. */
  constructor(
    private readonly costs: ReadonlyMap<string, number>,
    workers: number,
  ) {
    this.#workers = workers;
    this.total = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  }

  /** Other machines make the students: these, now. */
  helpedBy(machines: readonly MachineRecord[]): void {
    this.#machines = machines;
    this.#count();
    this.#workers = machines.reduce((sum, { workers }) => sum + workers, 0);
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

  /** Line of a progress display. */
  toString(): string {
    const running = [...this.#running].map(
      ([name, { fraction, note }]) => `${name} ${(100 * fraction).toFixed(0)} % ${note}`,
    );
    return `${this.#made} of ${this.costs.size} done, ${running.join('; ')}`;
  }

  /** Record for `study status`, which another process asks for. */
  now(): NowRecord {
    this.#count();
    const { worked, total } = this;
    return {
      at: new Date().toISOString(),
      running: Object.fromEntries(this.#running),
      machines: [...this.#machines],
      // Without a machine, as if one came now.
      secondsLeft: secondsLeft({ worked, total, spent: this.#spent, workers: this.#workers || 1 }),
    };
  }

  /** What was worked since the last count. */
  #count(): void {
    const now = performance.now();
    this.#spent += (this.#workers * (now - this.#counted)) / 1000;
    this.#counted = now;
  }

  #cost(name: string): number {
    return this.costs.get(name) ?? 0;
  }
}
