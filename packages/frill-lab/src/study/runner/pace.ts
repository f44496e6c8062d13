/** How long the students will still take: the estimate, corrected by how it has held so far. */

/** Share of all work that the estimate is trusted like experience: at first the estimate speaks, later the run itself. */
const TRUST = 0.03;

export interface Pace {
  /** Work done and work in all, in estimated seconds of one worker. */
  readonly worked: number;
  readonly total: number;
  /** Seconds since the start, and how many workers worked in them. */
  readonly elapsed: number;
  readonly workers: number;
}

/** Seconds left; 0 when everything is done. */
export function secondsLeft({ worked, total, elapsed, workers }: Pace): number {
  const trusted = TRUST * total;
  const pace = (elapsed * workers + trusted) / (worked + trusted);
  return total > worked ? (pace * (total - worked)) / workers : 0;
}
