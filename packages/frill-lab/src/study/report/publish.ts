/**
 * A run put where others read it, as a folder that stands by itself: a README that GitHub shows, the report, every plot as SVG with its
 * data as CSV, and results.json. Latency samples are reduced to their rounds' medians, which is all that the analysis
 * uses; absolute paths to their last part.
 */
import { join } from 'node:path';
import type { LatencyReport } from '../../bench/latency-report.js';
import { writeWhole } from '../../run/whole-file.js';
import { median } from '../../statistics/quantiles.js';
import type { AnalysisOptions } from '../analysis.js';
import type { StudyResults } from '../records.js';
import { readme } from './readme.js';
import { writeReport } from './write-report.js';

/** Writes the folder and returns the path of its README. `log` has the lines of the run's log that are worth showing. */
export async function publishReport(
  results: StudyResults,
  log: readonly string[],
  folder: string,
  options: AnalysisOptions = {},
): Promise<string> {
  const published = forReaders(results);
  const { analysis, figures, devices } = await writeReport(published, folder, options);
  await writeWhole(join(folder, 'results.json'), `${JSON.stringify(published)}\n`);
  const page = join(folder, 'README.md');
  await writeWhole(page, readme(published, analysis, figures, devices, log.map(withoutPaths)));
  return page;
}

/** Without raw samples and paths of the machine. */
function forReaders(results: StudyResults): StudyResults {
  const { provenance, latency, otherDevices, failures } = results;
  const options = Object.entries(provenance.options).map(([key, value]) => [
    key,
    typeof value === 'string' ? withoutPaths(value) : value,
  ]);
  return {
    ...results,
    provenance: {
      ...provenance,
      command: withoutPaths(provenance.command),
      options: Object.fromEntries(options),
    },
    latency: latency && withoutSamples(latency),
    otherDevices: otherDevices.map(({ device, latency }) => ({ device, latency: withoutSamples(latency) })),
    failures: failures.map((failure) => ({ ...failure, reason: withoutPaths(failure.reason) })),
  };
}

function withoutSamples(latency: LatencyReport): LatencyReport {
  const models = latency.models.map((model) => ({
    ...model,
    rounds: model.rounds.map((samples) => [median(samples)]),
  }));
  return { ...latency, models };
}

/** Absolute paths become their last part; relative ones stay. */
export function withoutPaths(text: string): string {
  return text.replace(/(^|[\s=('"])(?:file:\/\/)?\/(?:[^\s/'")]+\/)+/g, '$1');
}
