/**
 * Looks at the machine between measurements: how fast one core is right now, how much of the processor other programs use, and
 * how much of it the host of a virtual machine takes away. A latency that was measured while one of these was high tells about
 * the machine, not about the model.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { timeReference } from './reference-computation.js';

export const machineStateSchema = z.object({
  /** Milliseconds that a fixed computation takes on one core: a throttled core takes longer. See reference-computation.ts. */
  referenceMs: z.number(),
  /** Cores that other programs kept busy since the look before, 0 to the number of cores; 0 where the system does not tell. */
  othersCores: z.number(),
  /** Share of all cores' time that the host took away since the look before, 0 to 1; 0 where the system does not tell. */
  stolen: z.number(),
});

export type MachineState = z.infer<typeof machineStateSchema>;

export interface MachineWatch {
  /** The state now; what others used is counted from the look before. */
  look(): MachineState;
  wait(seconds: number): Promise<void>;
}

/** Watches the machine that this process runs on. */
export function watchMachine(): MachineWatch {
  let before = processorTimes();
  return {
    look() {
      const referenceMs = timeReference();
      const now = processorTimes();
      const elapsed = Math.max(now.atMs - before.atMs, 1);
      const others = now.busyMs - before.busyMs - (now.ownMs - before.ownMs);
      const stolenMs = now.stolenMs - before.stolenMs;
      const cores = now.cores;
      before = now;
      return {
        referenceMs: Number(referenceMs.toFixed(4)),
        othersCores: Number(Math.min(cores, Math.max(0, others / elapsed)).toFixed(3)),
        stolen: Number(Math.min(1, Math.max(0, stolenMs / (elapsed * cores))).toFixed(4)),
      };
    },
    wait: (seconds) => sleep(seconds * 1000),
  };
}

interface ProcessorTimes {
  readonly atMs: number;
  readonly cores: number;
  /** Processor time of all programs, this one among them, added up over cores since the system started. */
  readonly busyMs: number;
  readonly ownMs: number;
  readonly stolenMs: number;
}

function processorTimes(): ProcessorTimes {
  const processors = cpus();
  const busyMs = processors.reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cores: processors.length,
    busyMs,
    ownMs: (user + system) / 1000,
    stolenMs: stolenMs(),
  };
}

/** Linux counts the time that the host took in hundredths of a second: eighth number of the first line of /proc/stat. */
function stolenMs(): number {
  try {
    return 10 * Number(readFileSync('/proc/stat', 'utf8').split(/\s+/, 9)[8] ?? 0);
  } catch {
    return 0;
  }
}
