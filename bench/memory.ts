/**
 * What training the largest promised student takes: `distil` in a process of its own on made-up rows, with everything a
 * run of hours does (validation, checkpoints, statistics measured afresh, every phase of the bottleneck), in few steps.
 */
import { fileURLToPath } from 'node:url';
import { watchNode } from './peak-memory.js';
import type { Benchmark } from './table.js';

const TRAINING = fileURLToPath(new URL('memory-training.ts', import.meta.url));
const LIMIT_GIB = 4;

export const memory: Benchmark = {
  name: 'memory',
  summary: 'peak memory of training a small 2.0 student with a target of 12,288',
  async run() {
    const rows: (string | number)[][] = [];
    for (const [title, kind] of [
      ['small 2.0', 'plain'],
      ['small 2.0, low rank, 8 bits', 'compressed'],
    ]) {
      const { seconds, peakBytes } = await watchNode(['--import', 'tsx', TRAINING, kind]);
      rows.push([title, peakBytes / 2 ** 30, seconds]);
    }
    return {
      title: `Training with a target of 12,288 at batch 32, in at most ${LIMIT_GIB} GiB`,
      columns: ['student', 'peak memory, GiB', 'seconds'],
      rows,
      notes: [
        '40 steps of `distil` with validation and checkpoints, two threads',
        'peak resident memory of the whole process as Linux reports it (VmHWM)',
      ],
    };
  },
};
