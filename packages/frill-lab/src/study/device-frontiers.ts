/** A study's students on each device that they were measured on: the same qualities, other latencies, another frontier. */
import { hostOf } from '../bench/device.js';
import type { LatencyReport } from '../bench/latency-report.js';
import { engineTitle } from '../models/engines.js';
import { rankCorrelation } from '../statistics/correlation.js';
import { median } from '../statistics/quantiles.js';
import { type Analysis, type AnalysisOptions, analyse } from './analysis.js';
import type { StudyResults } from './records.js';

export interface DeviceFrontier {
  readonly device: string;
  readonly analysis: Analysis;
  /** Agreement with the study's own latencies; undefined for those themselves. */
  readonly agreement: Agreement | undefined;
}

/** How the latencies of two devices go together, over students measured on both. */
export interface Agreement {
  readonly students: number;
  /** Spearman's rank correlation; undefined for fewer than four students. */
  readonly ranks: number | undefined;
  /** Median over students of this device's latency divided by the study's. */
  readonly ratio: number;
  /** Share of students that are on both frontiers among those that are on one, 0 to 1. */
  readonly sharedFrontier: number;
}

/** The study's own latencies first; empty where the students were measured on no other device. */
export function deviceFrontiers(
  results: StudyResults,
  own: Analysis,
  options: AnalysisOptions = {},
): DeviceFrontier[] {
  const { latency, otherDevices } = results;
  if (otherDevices.length === 0) return [];
  const others = otherDevices.map(({ device, latency }): DeviceFrontier => {
    const analysis = analyse({ ...results, latency, otherDevices: [] }, options);
    return { device, analysis, agreement: agreementOf(own, analysis) };
  });
  return latency ? [{ device: deviceName(latency), analysis: own, agreement: undefined }, ...others] : others;
}

/** What a device is called when nobody gave it a name: the same machine with another engine is another device. */
export function deviceName({ device, models }: Pick<LatencyReport, 'device' | 'models'>): string {
  return `${device.name ?? device.processor}, ${hostOf(device)}, ${enginesOf({ models })}`;
}

/** What ran the models of a measurement. */
export function enginesOf({ models }: Pick<LatencyReport, 'models'>): string {
  return [...new Set(models.map(({ engine }) => engineTitle(engine)))].join(' and ');
}

function agreementOf(own: Analysis, other: Analysis): Agreement | undefined {
  const pairs = own.rows.flatMap(({ latencyMs }, index): [number, number][] => {
    const there = other.rows[index].latencyMs;
    return Number.isFinite(latencyMs) && Number.isFinite(there) ? [[latencyMs, there]] : [];
  });
  if (pairs.length === 0) return undefined;
  const names = ({ frontier }: Analysis) => new Set(frontier.map(({ student }) => student.name));
  const [here, there] = [names(own), names(other)];
  const shared = [...here].filter((name) => there.has(name)).length;
  return {
    students: pairs.length,
    ranks: rankCorrelation(
      pairs.map(([a]) => a),
      pairs.map(([, b]) => b),
    ),
    ratio: median(pairs.map(([a, b]) => b / a)),
    sharedFrontier: shared / new Set([...here, ...there]).size,
  };
}
