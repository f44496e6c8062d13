/**
 * A source's files as 16 kHz WAV files. Every file that was dealt with leaves a record, so that a build that was stopped, or
 * runs again with another declaration, decodes only what is new or has changed. A file that cannot be read is a record, too.
 */
import { join } from 'node:path';
import { FrillError, SAMPLE_RATE } from 'frill-audio';
import { z } from 'zod';
import { appendRecord, readRecords } from '../../run/json-lines.js';
import type { Progress } from '../../run/progress.js';
import { sha256Of } from '../../run/sha256.js';
import { writeWhole } from '../../run/whole-file.js';
import { encodeWav } from '../wav-file.js';
import { type Decoder, decodeMono16k } from './decode.js';
import type { Described } from './describe-file.js';
import { cutIntoPieces } from './pieces.js';
import type { SourceFile, SourceFiles } from './source-files.js';

const record = z.strictObject({
  path: z.string(),
  checksum: z.string(),
  longest: z.number().optional(),
  /** Why nothing of it was kept. */
  refused: z.string().optional(),
  silent: z.number().default(0),
  short: z.number().default(0),
  clips: z
    .array(
      z.strictObject({
        /** Below the corpus' folder. */
        path: z.string(),
        seconds: z.number(),
        /** SHA-256 of the samples. */
        sha256: z.string(),
      }),
    )
    .default([]),
});
export type FileRecord = z.infer<typeof record>;

export interface ConvertOptions {
  readonly name: string;
  readonly folder: string;
  readonly decoder: Decoder;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Files in flight: while one is decoded by a program or written, others are read. */
const AT_ONCE = 4;

/** Where a source's records are. */
export function recordsOf(folder: string, name: string): string {
  return join(folder, 'records', `${name}.jsonl`);
}

/** The records of the files, in their order. Throws AbortError when told to stop and DiskError when the disk is full. */
export async function convertFiles(
  source: SourceFiles,
  files: readonly { readonly file: SourceFile; readonly described: Described }[],
  { name, folder, decoder, progress, signal }: ConvertOptions,
): Promise<FileRecord[]> {
  const path = recordsOf(folder, name);
  const known = new Map(
    (await readRecords(path, (value) => record.parse(value))).map((done) => [keyOf(done), done]),
  );
  const keyed = files.map(({ file, described }) => ({
    file,
    described,
    key: keyOf({ ...file, longest: described.rule.longest }),
  }));
  const left = keyed.filter(({ key }) => !known.has(key));
  const step = progress.start(name, left.length, 'files');
  let done = 0;
  let next = 0;
  const work = async () => {
    for (let item = left[next++]; item !== undefined; item = left[next++]) {
      signal.throwIfAborted();
      const made = await convertFile(source, item.file, item.described, { name, folder, decoder });
      await appendRecord(path, made);
      known.set(item.key, made);
      step.advance(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  step.finish();
  return keyed.flatMap(({ key }) => known.get(key) ?? []);
}

function keyOf({
  path,
  checksum,
  longest,
}: {
  path: string;
  checksum: string;
  longest?: number | undefined;
}): string {
  return `${checksum} ${longest ?? ''} ${path}`;
}

async function convertFile(
  source: SourceFiles,
  file: SourceFile,
  { rule }: Described,
  { name, folder, decoder }: { name: string; folder: string; decoder: Decoder },
): Promise<FileRecord> {
  const { longest } = rule;
  const about = { ...file, ...(longest === undefined ? {} : { longest }), silent: 0, short: 0, clips: [] };
  let samples: Float32Array;
  try {
    const bytes = await source.read(file);
    samples = await decodeMono16k({ bytes, where: file.path, format: rule.format }, decoder);
  } catch (error) {
    if (!(error instanceof FrillError)) throw error;
    return { ...about, refused: error.what };
  }
  const { pieces, of, silent, short } = cutIntoPieces(samples.subarray(0, longest && longest * SAMPLE_RATE));
  const clips: FileRecord['clips'] = [];
  for (const piece of pieces) {
    const wav = encodeWav(piece.samples);
    const number = of === 1 ? '' : `_${String(piece.index).padStart(3, '0')}`;
    const path = `audio/${name}/${safePath(file.path)}${number}.wav`;
    await writeWhole(join(folder, path), wav);
    clips.push({ path, seconds: piece.samples.length / SAMPLE_RATE, sha256: sha256Of(wav) });
  }
  return { ...about, silent, short, clips };
}

/** The path in letters that every file system takes. Different paths stay different. */
function safePath(path: string): string {
  const plain = path
    .normalize('NFKD')
    .replace(/[^\w./-]+/g, '_')
    .replace(/(^|\/)\.+(?=\/|$)/g, '$1_');
  if (plain === path && plain.length < 150) return plain;
  return `${plain.slice(0, 120)}-${sha256Of(path).slice(0, 8)}`;
}
