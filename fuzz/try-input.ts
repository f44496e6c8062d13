/** Makes the input of a number, and tries it. */
import { FrillError } from 'frill-audio';
import { Random } from '../packages/frill-lab/src/tensor/random.js';
import type { FuzzGroup, Seed } from './group.js';
import { mutate } from './mutate.js';

export const LIMITS = { seconds: 5, megabytes: 500 } as const;

export function inputOf(seeds: readonly Seed[], group: string, seed: number, index: number): Seed {
  return mutate(seeds, new Random(`fuzz/${group}/${seed}/${index}`));
}

/** What is wrong with how an input was read; undefined if it was read or refused as it should be. */
export async function faultOf(group: FuzzGroup, input: Seed): Promise<string | undefined> {
  const time = process.cpuUsage();
  const memory = process.resourceUsage().maxRSS;
  try {
    await group.read(input);
  } catch (error) {
    if (!(error instanceof FrillError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (error.what === '') return 'an error without a word';
  }
  const { user, system } = process.cpuUsage(time);
  const seconds = (user + system) / 1e6;
  if (seconds > LIMITS.seconds) return `it took ${seconds.toFixed(1)} s`;
  const megabytes = (process.resourceUsage().maxRSS - memory) / 1024;
  return megabytes > LIMITS.megabytes ? `it took ${megabytes.toFixed(0)} MB more memory` : undefined;
}
