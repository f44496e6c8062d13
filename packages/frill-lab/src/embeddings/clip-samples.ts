/**
 * Decoded clips, kept between representations: decoding costs thirty times what the front end costs, and a study embeds the same
 * clips 144 times. Samples that came from 16 bits are kept in 16 bits, which is exact; others in float32.
 */
import { z } from 'zod';
import { readClip } from '../corpus/clip-audio.js';
import type { Clip } from '../corpus/corpus.js';
import { type BlobStore, openBlobStore } from '../run/blob-store.js';

const FULL_SCALE = 32_767;
const aboutSchema = z.object({ format: z.enum(['int16', 'float32']) });

export interface ClipSamples {
  /** The clip's samples; `key` identifies its content. Throws AudioError as `readClip` does. */
  read(clip: Clip, key: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Reads clips through a folder, or from their files alone where there is none. */
export async function openClipSamples(folder: string | undefined): Promise<ClipSamples> {
  if (folder === undefined) return { read: readClip, close: async () => {} };
  const store: BlobStore<z.infer<typeof aboutSchema>> = await openBlobStore(folder, aboutSchema);
  return {
    async read(clip, key) {
      const kept = await store.get(key);
      if (kept?.about.format === 'int16') return fromInt16(new Int16Array(kept.bytes.buffer));
      if (kept) return new Float32Array(kept.bytes.buffer);
      const samples = await readClip(clip);
      const whole = Int16Array.from(samples, (sample) => Math.round(sample * FULL_SCALE));
      const isExact = samples.every((sample, i) => Math.fround(whole[i] / FULL_SCALE) === sample);
      const { buffer, byteOffset, byteLength } = isExact ? whole : samples;
      await store.put(key, {
        bytes: new Uint8Array(buffer, byteOffset, byteLength),
        about: { format: isExact ? 'int16' : 'float32' },
      });
      return samples;
    },
    close: () => store.close(),
  };
}

/** A plain loop: `from` with a function goes through an iterator, which took a third of an evaluation's time. */
function fromInt16(whole: Int16Array): Float32Array {
  const samples = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i++) samples[i] = whole[i] / FULL_SCALE;
  return samples;
}
