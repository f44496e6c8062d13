/**
 * How long work tells where it is. Rooms report to this interface; the command line draws it, tests ignore it.
 */

/** One step of a job with a known amount of work. */
export interface ProgressStep {
  /** Work done so far, in the step's unit; may not decrease. `note` is shown beside it, e.g. `loss 0.132`. */
  advance(done: number, note?: string): void;
  /** The step is over; `note` says what came out of it. */
  finish(note?: string): void;
}

export interface Progress {
  /** Starts a step: `start('cache features', 840, 'clips')`. */
  start(title: string, total: number, unit: string): ProgressStep;
  /** One line for the record: a skipped file, a resumed run. */
  say(line: string): void;
}

/** Reports nothing. */
export const silent: Progress = {
  start: () => ({ advance: () => {}, finish: () => {} }),
  say: () => {},
};
