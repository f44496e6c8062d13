/** The samples of a clip, and a fingerprint that changes when its file does. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { AudioError, readMono16k } from 'frill';
import type { Clip } from './corpus.js';

const SAMPLE_RATE = 16_000;
const FINGERPRINT_BYTES = 4096;

/** A clip as 16 kHz mono in [-1, 1]. Throws AudioError when the file or the clip's part of it cannot be read. */
export async function readClip({ path, span }: Clip): Promise<Float32Array> {
  const samples = await readMono16k(path);
  if (span === undefined) {
    if (samples.length === 0) throw new AudioError({ what: 'there is no audio in it', where: path });
    return samples;
  }
  const start = Math.round(span.start * SAMPLE_RATE);
  const part = samples.subarray(start, start + Math.round(span.seconds * SAMPLE_RATE));
  if (part.length === 0)
    throw new AudioError({
      what: `the clip starts at ${span.start} s, but the file has ${samples.length / SAMPLE_RATE} s`,
      where: path,
      remedy: 'Correct its start in the manifest',
    });
  return part;
}

/**
 * The file's size and a hash of 4 KiB from its middle: cheap for a million clips, and different for different recordings
 * even where all have one length. `absent` when it cannot be read.
 */
export async function fingerprint({ path }: Clip): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const sample = new Uint8Array(Math.min(size, FINGERPRINT_BYTES));
      await file.read(sample, 0, sample.length, Math.floor((size - sample.length) / 2));
      return `${size}-${createHash('sha256').update(sample).digest('hex').slice(0, 16)}`;
    } finally {
      await file.close();
    }
  } catch {
    return 'absent';
  }
}
