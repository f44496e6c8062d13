/** Audio bytes decoded in pieces, as a stream brings them. */
import { openDecoder } from '../packages/frill-audio/src/audio/decode.js';
import { openAudioStream } from '../packages/frill-audio/src/audio/file.js';

/** The first channel, decoded in pieces of so many bytes. */
export async function inPieces(bytes: Uint8Array, size: number): Promise<Float32Array> {
  const decoder = openDecoder();
  const blocks: Float32Array[] = [];
  const keep = (channel: Float32Array | undefined) => channel && blocks.push(channel);
  try {
    for (let at = 0; at < bytes.length; at += size)
      keep((await decoder.push(bytes.slice(at, at + size)))?.channels[0]);
    keep((await decoder.finish())?.channels[0]);
  } finally {
    decoder.close();
  }
  return joined(blocks);
}

/** A file as `openAudioStream` gives it. */
export async function streamed(path: string): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  for await (const block of openAudioStream(path)) blocks.push(block);
  return joined(blocks);
}

/** Whether all samples are the same, to the bit. */
export function isSame(a: Float32Array, b: Float32Array): boolean {
  return bytesOf(a).equals(bytesOf(b));
}

function bytesOf(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

function joined(blocks: readonly Float32Array[]): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.concat(blocks.map(bytesOf))).buffer);
}
