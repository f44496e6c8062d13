/** Whether a measurement of latency may be believed: what it found that cannot be, and how much of it was disturbed. */
import type { LatencyReport, ModelLatency } from './latency-report.js';

/** A measurement of which more was disturbed than this share is not to be believed. */
const MOST_DISTURBED = 0.2;

/** Why the measurement is invalid, in sentences without markup; empty where nothing speaks against it. */
export function invalidity(report: LatencyReport): string[] {
  return [impossible(report), disturbed(report)].filter((sentence) => sentence !== undefined);
}

/**
 * Models that were measured as faster with the front end than without, beyond their intervals. Audio to embedding is the
 * network and more, so the machine was not the same for both.
 */
export function fasterWithMore({ models }: LatencyReport): ModelLatency[] {
  const alone = new Map(models.filter(({ path }) => path === 'model').map((model) => [model.name, model]));
  return models.filter(({ name, path, intervalMs }) => {
    const network = alone.get(name);
    return path !== 'model' && network !== undefined && intervalMs[1] < network.intervalMs[0];
  });
}

function impossible(report: LatencyReport): string | undefined {
  const found = fasterWithMore(report);
  if (found.length === 0) return undefined;
  const whole = new Set(report.models.map(({ name }) => name)).size;
  const which = found.length === 1 ? `${found[0].name} was` : `${found.length} of ${whole} models were`;
  return `${which} measured as faster with the front end than without it, which cannot be.`;
}

function disturbed({ device, disturbance }: LatencyReport): string | undefined {
  if (!disturbance) return undefined;
  const kept = disturbance.measurements - disturbance.repeated;
  if (disturbance.disturbed <= MOST_DISTURBED * kept) return undefined;
  const { slowdown, othersCores, stolen } = disturbance;
  // A browser does not tell what others did.
  const others =
    device.host === undefined
      ? `, other programs used ${othersCores.median.toFixed(2)} cores, and the host took ${(100 * stolen.median).toFixed(0)} % of the time`
      : '';
  return (
    `The machine was not quiet: ${disturbance.disturbed} of ${kept} measurements were disturbed ` +
    `(in the median the core was ${slowdown.median.toFixed(2)} times as slow as at its best${others}).`
  );
}
