/**
 * A teacher's values dealt out to other machines: each asks it about a range of the windows, for which it fetches the recordings of that
 * range alone. Rows come back as files and leave in their order, as if this process had asked.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { InputError } from 'frill-audio';
import { type Asking, type AskTeacher, TOGETHER, type WindowPlaces } from '../../corpus/ask-teacher.js';
import { contentName } from '../../run/content-name.js';
import type { Progress } from '../../run/progress.js';
import { dealOut } from './deal-out.js';
import type { MachineRecord } from './machine.js';
import { placeOf, ROWS_FILE } from './made-files.js';
import { type OpenedSource, type PackedSource, packSource } from './packed-sources.js';
import { describeParcel, type PackedFile, packFile } from './parcel.js';
import type { RowsJob } from './rows-job.js';

export interface RowsDealing {
  /** Folder of the run, for the token and for what comes back. */
  readonly run: string;
  readonly queue: string;
  readonly serveOn: string;
  readonly share: boolean;
  /** How the teacher was opened here. */
  readonly teacher: Omit<OpenedSource, 'identity'>;
  /** Whether students are dealt out after the values. */
  readonly follows: boolean;
  /** Rows of a job, a multiple of what a teacher is asked at once. */
  readonly rowsAJob?: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The machines heard of lately. */
  onMachines?(machines: readonly MachineRecord[]): void;
}

const ROWS_A_JOB = 8 * TOGETHER;

/** Has machines ask the teacher. */
export function askByMachines(dealing: RowsDealing): AskTeacher {
  return (asking) => rowsOfMachines(dealing, asking);
}

async function* rowsOfMachines(
  dealing: RowsDealing,
  { teacher, windows, first, kept }: Asking,
): AsyncGenerator<readonly Float32Array[]> {
  const { run, progress, follows, teacher: source } = dealing;
  const total = windows.clip.length;
  if (first >= total) return;
  progress.say('packing recordings and teacher for other machines');
  const { packed, files: ofTeacher } = await packSource({ ...source, identity: teacher.identity }, 'teacher');
  const recordings = await packRecordings(windows);
  const files = [...ofTeacher, ...new Set(recordings.values())];
  const ranges = rangesOf(first, total, dealing.rowsAJob ?? ROWS_A_JOB).map(({ from, to }) => ({
    from,
    to,
    job: jobOf(packed, windows, recordings, from, to),
  }));
  const fileOf = ({ name }: RowsJob) => join(run, placeOf(name) ?? name, ROWS_FILE);
  const width = teacher.dimension;

  const arrived = new Arrivals(ranges.map(({ job }) => job.name));
  const missing: RowsJob[] = [];
  for (const { from, to, job } of ranges) {
    const there = await stat(fileOf(job)).catch(() => undefined);
    if (there?.size === 4 * (to - from) * width) arrived.come(job.name);
    else missing.push(job);
  }
  const over = new AbortController();
  const device = source.device ?? 'cpu';
  const step = progress.start('jobs of other machines', missing.length, 'jobs');
  let done = 0;
  const dealt = dealOut(
    {
      ...dealing,
      parcel: describeParcel(files, { rows: ranges.map(({ job }) => job.name) }, { device, follows }),
      files,
      jobs: missing,
      signal: AbortSignal.any([dealing.signal, over.signal]),
    },
    {
      onProgress: () => {},
      onMachines(machines) {
        step.advance(done, `${machines.length} machines`);
        dealing.onMachines?.(machines);
      },
      async onDone(name) {
        step.advance(++done);
        arrived.come(name);
      },
      async onFailed(name, reason) {
        arrived.fail(
          name,
          new InputError({ what: `a machine could not ask the teacher: ${reason}`, where: name }),
        );
      },
    },
  );
  dealt.catch((error: unknown) => arrived.failAll(error));
  const waiting = [...ranges];
  try {
    for (const { from, to, job } of ranges) {
      await arrived.of(job.name);
      const values = await readRows(fileOf(job), to - from, width);
      yield values.slice(Math.max(0, first - from));
      // Until they are safe elsewhere they stay: a session that goes on finds them here.
      while (waiting.length > 0 && waiting[0].to <= kept()) await drop(waiting.shift());
    }
    await dealt;
    step.finish();
    for (const range of waiting) await drop(range);
  } finally {
    over.abort(new Error('nobody waits for these values any more'));
    await dealt.catch(() => {});
  }

  async function drop(range: { readonly job: RowsJob } | undefined): Promise<void> {
    if (range)
      await rm(join(run, placeOf(range.job.name) ?? range.job.name), { recursive: true, force: true });
  }
}

/** Ranges that begin at multiples of their size, so that a run that goes on has those of before. */
function rangesOf(first: number, total: number, size: number) {
  const ranges: { readonly from: number; readonly to: number }[] = [];
  for (let from = first - (first % size); from < total; from += size)
    ranges.push({ from, to: Math.min(total, from + size) });
  return ranges;
}

/** The file of each clip's path, under the hash of its content. */
async function packRecordings({ clips }: WindowPlaces): Promise<Map<string, PackedFile>> {
  const byPath = new Map<string, PackedFile>();
  const byHash = new Map<string, PackedFile>();
  for (const { path } of clips) {
    if (byPath.has(path)) continue;
    const packed = await packFile(path, '');
    const place = `audio/${packed.hash}${extname(path)}`;
    const file = byHash.get(place) ?? { ...packed, place, asked: true };
    byHash.set(place, file);
    byPath.set(path, file);
  }
  return byPath;
}

function jobOf(
  teacher: PackedSource,
  { clips, clip, start, length, rounded }: WindowPlaces,
  recordings: ReadonlyMap<string, PackedFile>,
  from: number,
  to: number,
): RowsJob {
  const own = new Map<number, number>();
  const rows: [number, number][] = [];
  for (let row = from; row < to; row++) {
    const at = own.get(clip[row]) ?? own.size;
    own.set(clip[row], at);
    rows.push([at, start[row]]);
  }
  const parts = [...own.keys()].map((at) => {
    const { path, span } = clips[at];
    return { place: recordings.get(path)?.place ?? '', ...(span ? { span } : {}) };
  });
  const about = { teacher, clips: parts, rows, length, rounded };
  return {
    kind: 'rows',
    name: `rows-${contentName(about).slice(0, 16)}`,
    needs: [...new Set(parts.map(({ place }) => place))],
    // A group of windows is shared between so many threads.
    threads: availableParallelism(),
    ...about,
  };
}

async function readRows(path: string, count: number, width: number): Promise<Float32Array[]> {
  const bytes = await readFile(path);
  if (bytes.length !== 4 * count * width)
    throw new InputError({
      what: `${bytes.length} bytes of a teacher's values came back, not ${4 * count * width}`,
      where: path,
      remedy: 'Remove the file, and give the same command again',
    });
  return Array.from({ length: count }, (_, row) => {
    const values = new Float32Array(width);
    new Uint8Array(values.buffer).set(bytes.subarray(4 * row * width, 4 * (row + 1) * width));
    return values;
  });
}

/** Names that are waited for, in whatever order they come. */
class Arrivals {
  readonly #settled = new Map<string, { resolve(): void; reject(error: unknown): void }>();
  readonly #all: ReadonlyMap<string, Promise<void>>;

  constructor(names: readonly string[]) {
    const waits = names.map((name) => {
      const wait = new Promise<void>((resolve, reject) => this.#settled.set(name, { resolve, reject }));
      // Whoever waits for it hears of it; until then it is no unheard error.
      wait.catch(() => {});
      return [name, wait] as const;
    });
    this.#all = new Map(waits);
  }

  of(name: string): Promise<void> {
    return this.#all.get(name) ?? Promise.reject(new Error(`${name} is not dealt out`));
  }

  come(name: string): void {
    this.#settled.get(name)?.resolve();
  }

  fail(name: string, error: unknown): void {
    this.#settled.get(name)?.reject(error);
  }

  failAll(error: unknown): void {
    for (const { reject } of this.#settled.values()) reject(error);
  }
}
