/** How long the students will still take: the forecast, corrected by how it has held so far. */

/** Share of all work that the forecast is trusted like experience: at first the forecast speaks, later the run itself. */
const TRUST = 0.03;

export interface WorkSoFar {
  /** Work done and work in all, in forecast seconds of one worker. */
  readonly worked: number;
  readonly total: number;
  /** Seconds that workers have worked so far, added up over workers. */
  readonly spent: number;
  /** That work now. */
  readonly workers: number;
}

/** Seconds left; 0 when everything is done. */
export function secondsLeft({ worked, total, spent, workers }: WorkSoFar): number {
  const trusted = TRUST * total;
  const slowness = (spent + trusted) / (worked + trusted);
  return total > worked ? (slowness * (total - worked)) / workers : 0;
}
