/** Latency on the machine that this process runs on, by the protocol of interleaved-rounds.ts. */
import { contentName } from '../run/content-name.js';
import type { Progress } from '../run/progress.js';
import { describeDevice } from './device.js';
import { measureInterleaved } from './interleaved-rounds.js';
import { DEFAULT_PROTOCOL, type LatencyProtocol } from './latency-protocol.js';
import type { LatencyReport } from './latency-report.js';
import { type MachineWatch, watchMachine } from './machine-watch.js';
import type { RoundStore } from './round-store.js';
import type { Clock, Subject } from './timed-runs.js';

export interface MeasureOptions {
  readonly protocol?: LatencyProtocol;
  readonly store?: RoundStore;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Milliseconds; for tests, as is the watch. */
  readonly clock?: Clock;
  readonly watch?: MachineWatch;
}

/** Measures all subjects by the protocol, some of them twice. Throws what loading or running throws. */
export function measureLatency(
  subjects: readonly Subject[],
  {
    protocol = DEFAULT_PROTOCOL,
    clock = () => performance.now(),
    watch = watchMachine(),
    ...options
  }: MeasureOptions = {},
): Promise<LatencyReport> {
  const device = describeDevice();
  // Rounds of another machine, runtime or file are other measurements.
  const { processor, cores, node, runtimes } = device;
  const measurement = contentName({
    protocol,
    device: { processor, cores, node, runtimes },
    subjects: subjects.map(({ name, path, content, engine }) => [name, path, content, engine]),
  });
  return measureInterleaved(subjects, { ...options, protocol, device, measurement, clock, watch });
}
