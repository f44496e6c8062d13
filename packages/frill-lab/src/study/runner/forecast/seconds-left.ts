/** How long the students will still take: the forecast, corrected by how it has held so far. */

/** Share of all work that the forecast is trusted like experience: at first the forecast speaks, later the run itself. */
const TRUST = 0.03;

export interface WorkSoFar {
  /** Work done and work in all, in forecast seconds of one worker. */
  readonly worked: number;
  readonly total: number;
  /** Seconds since the start, and how many workers worked in them. */
  readonly elapsed: number;
  readonly workers: number;
}

/** Seconds left; 0 when everything is done. */
export function secondsLeft({ worked, total, elapsed, workers }: WorkSoFar): number {
  const trusted = TRUST * total;
  const slowness = (elapsed * workers + trusted) / (worked + trusted);
  return total > worked ? (slowness * (total - worked)) / workers : 0;
}
