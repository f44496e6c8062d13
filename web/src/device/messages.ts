/** What the page and its worker tell each other. */
import type { DeviceDescription } from '../../../packages/frill-lab/src/bench/device.js';
import type { LatencyReport } from '../../../packages/frill-lab/src/bench/latency-report.js';
import type { ServedTask } from '../../../packages/frill-lab/src/bench/served/task.js';

/** Starts the worker's measurement. */
export interface Order {
  readonly task: ServedTask;
  /** Address of the page, which all others are relative to. */
  readonly base: string;
  /** Whose rounds are to be continued. */
  readonly id: string;
  readonly device: DeviceDescription;
}

export type News =
  | {
      readonly kind: 'step';
      readonly title: string;
      readonly done: number;
      readonly total: number;
      readonly what: string;
    }
  | { readonly kind: 'said'; readonly line: string }
  | { readonly kind: 'done'; readonly report: LatencyReport }
  | { readonly kind: 'failed'; readonly message: string };
