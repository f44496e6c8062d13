/**
 * Fuzzing: `npm run fuzz -- audio|tflite|tables|manifests --count N --seed S`. Good files are damaged at random and read; each must be read
 * or refused by an error of the project, in 5 s of processor time and 500 MB. Inputs are tried in a process of their own,
 * which is killed and started again when one hangs it. `--only I` tries the input of one number, to look into it.
 */
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FuzzGroup } from './group.js';
import { faultOf, inputOf } from './try-input.js';

const GROUPS: Readonly<Record<string, () => Promise<{ group: FuzzGroup }>>> = {
  audio: () => import('./audio.js'),
  tflite: () => import('./tflite.js'),
  tables: () => import('./tables.js'),
  manifests: () => import('./manifests.js'),
};
/** A process that computes for so long without a word hangs; one that waits for a busy machine does not. */
const SILENCE_SECONDS = 20;
const LOOK_EVERY_MS = 2_000;

interface Told {
  readonly index: number;
  readonly name?: string;
  readonly fault?: string;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      from: { type: 'string' },
    },
  });
  const [name] = positionals;
  const load = GROUPS[name ?? ''];
  if (!load) {
    console.error(
      `Usage: npm run fuzz -- ${Object.keys(GROUPS).join('|')} [--count N] [--seed S] [--only I]`,
    );
    process.exitCode = 2;
    return;
  }
  const [count, seed] = [Number(values.count), Number(values.seed)];
  if (values.only !== undefined) await tryOne(load, name, seed, Number(values.only));
  else if (values.from !== undefined) await tryAll(load, name, seed, Number(values.from), count);
  else process.exitCode = (await supervise(name, seed, count)) > 0 ? 1 : 0;
}

/** Tries all inputs in other processes; returns how many were at fault. */
async function supervise(name: string, seed: number, count: number): Promise<number> {
  let faults = 0;
  let next = 0;
  const report = (index: number, input: string, fault: string) => {
    faults++;
    console.log(`input ${index}, ${input}:\n  ${fault.split('\n').slice(0, 8).join('\n  ')}`);
  };
  while (next < count)
    await new Promise<void>((resolve) => {
      const script = fileURLToPath(import.meta.url);
      const child = fork(script, [name, '--seed', `${seed}`, '--count', `${count}`, '--from', `${next}`], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let printed = '';
      child.stderr?.on('data', (text) => {
        printed = (printed + text).slice(-2_000);
      });
      let heardAt = 0;
      const watch = setInterval(() => {
        if (secondsOf(child.pid) - heardAt > SILENCE_SECONDS) child.kill('SIGKILL');
      }, LOOK_EVERY_MS);
      child.on('message', ({ index, name: input = '', fault }: Told) => {
        heardAt = secondsOf(child.pid);
        next = index + 1;
        if (fault !== undefined) report(index, input, fault);
        if (next % 1000 === 0) console.log(`${next} of ${count}`);
      });
      child.on('exit', (code, signal) => {
        clearInterval(watch);
        if (next < count)
          report(next++, 'which ended its process', printed || `${signal ?? code}: no word, or killed`);
        resolve();
      });
    });
  console.log(`${name}, seed ${seed}: ${count} inputs, ${faults} at fault`);
  return faults;
}

/** Seconds that a process computed; on systems that do not tell, how long this one has run. */
function secondsOf(pid: number | undefined): number {
  try {
    // After the name in brackets: the twelfth and thirteenth are hundredths of seconds, its own and the system's for it.
    const times = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(times[11]) + Number(times[12])) / 100;
  } catch {
    return process.uptime();
  }
}

async function tryAll(
  load: (typeof GROUPS)[string],
  name: string,
  seed: number,
  from: number,
  count: number,
): Promise<void> {
  const { group } = await load();
  const seeds = await group.seeds();
  for (let index = from; index < count; index++) {
    const input = inputOf(seeds, name, seed, index);
    const fault = await faultOf(group, input);
    process.send?.({ index, name: input.name, ...(fault !== undefined && { fault }) } satisfies Told);
  }
  process.disconnect?.();
}

async function tryOne(
  load: (typeof GROUPS)[string],
  name: string,
  seed: number,
  index: number,
): Promise<void> {
  const { group } = await load();
  const input = inputOf(await group.seeds(), name, seed, index);
  writeFileSync(`fuzz-${name}-${seed}-${index}.bin`, input.bytes);
  console.log(`${input.name}, ${input.bytes.length} bytes`);
  console.log((await faultOf(group, input)) ?? 'read, or refused as it should be');
}

await main();
