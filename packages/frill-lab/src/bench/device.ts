/** What a measurement was made on: without it a latency is a rumour. */
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { z } from 'zod';

export const deviceSchema = z.object({
  processor: z.string(),
  /** Logical cores that the operating system shows. */
  cores: z.int(),
  /** Browsers say it roughly, or not at all. */
  memoryGiB: z.number().optional(),
  /** One-minute load average when described: above `cores` the machine was busy with other work. Node alone can tell. */
  load: z.number().optional(),
  system: z.string(),
  /** What its owner calls it: "Pixel 8". */
  name: z.string().max(100).optional(),
  /** What the engine ran in, where that is not Node: "Chrome 141", "benchmark_model". */
  host: z.string().optional(),
  node: z.string().optional(),
  v8: z.string().optional(),
  /** Versions of the packages that compute: LiteRT.js, onnxruntime-node. */
  runtimes: z.record(z.string(), z.string()),
});

export type DeviceDescription = z.infer<typeof deviceSchema>;

/** What the engine ran in: "Node 20.20.0", "Chrome 141". */
export function hostOf({ host, node }: DeviceDescription): string {
  return host ?? `Node ${node}`;
}

const RUNTIMES = ['@litertjs/core', 'onnxruntime-node'];

/** The machine as it is now. */
export function describeDevice(): DeviceDescription {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? process.arch,
    cores: processors.length,
    memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    runtimes: Object.fromEntries(RUNTIMES.map((name) => [name, installedVersion(name)])),
  };
}

/** Version of an installed package, read from its package.json (which `exports` may hide from `require`). */
function installedVersion(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      const { version } = require(`${folder}/${name}/package.json`) as { version?: string };
      if (version) return version;
    } catch {
      // Not in this folder; the next one up may have it.
    }
  }
  return 'absent';
}
