/**
 * How long clips are, from the headers of their files alone: cheap for a million of them, and nothing is decoded. WAV and FLAC
 * say it; compressed formats do not.
 */
import { open } from 'node:fs/promises';
import { type Progress, silent } from '../run/progress.js';
import type { Clip } from './corpus.js';

const HEADER_BYTES = 65_536;
/** Files that are open at the same time. */
const TOGETHER = 32;

export interface Lengths {
  /** Sum over the clips that say it. */
  readonly hours: number;
  /** Clips that do not. */
  readonly unknown: number;
}

export async function measureLengths(clips: readonly Clip[], progress: Progress = silent): Promise<Lengths> {
  let seconds = 0;
  let unknown = 0;
  const step = progress.start('read headers', clips.length, 'clips');
  for (let start = 0; start < clips.length; start += TOGETHER) {
    for (const length of await Promise.all(clips.slice(start, start + TOGETHER).map(secondsOf)))
      if (length === undefined) unknown++;
      else seconds += length;
    step.advance(Math.min(clips.length, start + TOGETHER));
  }
  step.finish();
  return { hours: seconds / 3600, unknown };
}

/** Undefined where the file is absent, damaged or does not say it. */
export async function secondsOf({ path, span }: Pick<Clip, 'path' | 'span'>): Promise<number | undefined> {
  if (span !== undefined) return span.seconds;
  const read = await readHeader(path).catch(() => undefined);
  if (read === undefined || read.header.length < 42) return undefined;
  const { header, fileBytes } = read;
  const name = header.toString('latin1', 0, 4);
  const seconds =
    name === 'RIFF' ? wavSeconds(header, fileBytes) : name === 'fLaC' ? flacSeconds(header) : undefined;
  return Number.isFinite(seconds) ? seconds : undefined;
}

async function readHeader(path: string): Promise<{ header: Buffer; fileBytes: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return { header: buffer.subarray(0, bytesRead), fileBytes: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

/**
 * The size of the chunk `data` over the bytes a second of the chunk `fmt `. Undefined where that size is more than the file has:
 * it was cut off, or written to a pipe, where writers put down 2 or 4 GiB; and where a recorder that was cut off left zeros.
 */
function wavSeconds(header: Buffer, fileBytes: number): number | undefined {
  let bytesASecond = Number.NaN;
  for (let at = 12; at + 16 <= header.length; ) {
    const name = header.toString('latin1', at, at + 4);
    const size = header.readUInt32LE(at + 4);
    if (name === 'data') {
      const isLeftOpen = size === 0 && header.readUInt32LE(4) === 0;
      return isLeftOpen || at + 8 + size > fileBytes ? undefined : size / bytesASecond;
    }
    if (name === 'fmt ') bytesASecond = header.readUInt32LE(at + 16);
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** STREAMINFO (RFC 9639, section 8.2): 20 bits of sample rate, 36 bits of samples; 0 samples mean unknown. */
function flacSeconds(header: Buffer): number | undefined {
  const rate = header.readUIntBE(18, 3) >> 4;
  const samples = (header[21] & 15) * 2 ** 32 + header.readUInt32BE(22);
  return samples === 0 ? undefined : samples / rate;
}
