/** What the explorer of the report draws from: every student, its quality by task, and its latency on each device. */
import { meanQuality } from '../analysis.js';
import type { StudyResults, TaskQuality } from '../records.js';

export interface ExplorerStudent {
  readonly name: string;
  /** What can be filtered by: the values of the choices that the grid varies. */
  readonly choices: Readonly<Record<string, string>>;
  readonly mib: number;
  /** Quality in percent, in the order of `tasks`; the mean comes first. */
  readonly quality: readonly number[];
  /** Milliseconds of one inference, in the order of `devices`; null where it was not measured. */
  readonly ms: readonly (number | null)[];
}

export interface ExplorerData {
  readonly tasks: readonly string[];
  readonly devices: readonly string[];
  readonly students: readonly ExplorerStudent[];
  /** The teacher and the baselines: levels to compare with. */
  readonly levels: readonly {
    readonly name: string;
    readonly role: string;
    readonly quality: readonly number[];
  }[];
}

/** Undefined where nothing was measured yet, so that there is nothing to explore. */
export function explorerData(results: StudyResults, ownDevice: string): ExplorerData | undefined {
  const { students, representations, latency, otherDevices } = results;
  const measured = [...(latency ? [{ device: ownDevice, latency }] : []), ...otherDevices];
  if (measured.length === 0 || students.length === 0) return undefined;
  const tasks = students[0].quality;
  const qualities = (quality: readonly TaskQuality[]) => [
    rounded(100 * meanQuality(quality)),
    ...tasks.map(({ task }) => rounded(100 * (quality.find((one) => one.task === task)?.value ?? 0))),
  ];
  return {
    tasks: ['mean over tasks', ...tasks.map(({ title }) => title)],
    devices: measured.map(({ device }) => device),
    students: students.map(({ name, config, bytes, quality }) => ({
      name,
      choices: {
        size: config.size,
        width: String(config.width),
        pooling: config.pooling === 'gap' ? 'average' : 'flattened',
        bottleneck: config.compression.kind === 'low-rank' ? 'compressed' : 'full',
        precision: config.quantization === 'aware' ? 'int8' : 'float32',
      },
      mib: rounded(bytes / 2 ** 20),
      quality: qualities(quality),
      ms: measured.map(
        ({ latency }) =>
          latency.models.find((model) => model.name === name && model.path === 'model')?.medianMs ?? null,
      ),
    })),
    levels: representations.map(({ name, role, quality }) => ({ name, role, quality: qualities(quality) })),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
