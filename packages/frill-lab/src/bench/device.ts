/** What a measurement was made on: without it a latency is a rumour. */
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { z } from 'zod';

export const deviceSchema = z.object({
  processor: z.string(),
  /** Logical cores that the operating system shows. */
  cores: z.int(),
  memoryGiB: z.number(),
  /** One-minute load average when described: above `cores` the machine was busy with other work. */
  load: z.number(),
  system: z.string(),
  node: z.string(),
  v8: z.string(),
  /** Versions of the packages that compute: LiteRT.js, onnxruntime-node. */
  runtimes: z.record(z.string(), z.string()),
});

export type Device = z.infer<typeof deviceSchema>;

const RUNTIMES = ['@litertjs/core', 'onnxruntime-node'];

/** The machine as it is now. */
export function describeDevice(): Device {
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
