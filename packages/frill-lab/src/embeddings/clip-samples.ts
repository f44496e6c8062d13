/**
 * Decoded clips, kept between representations: decoding costs thirty times what the front end costs, and a study embeds the same
 * clips 144 times. Samples that came from 16 bits are kept in 16 bits, which is exact; others in float32.
 */
import { z } from 'zod';
import { fromSixteenBits, toSixteenBits } from '../corpus/augment/sixteen-bits.js';
import { type BlobStore, openBlobStore } from '../run/blob-store.js';

const aboutSchema = z.object({ format: z.enum(['int16', 'float32']) });

export interface ClipSamples {
  /** The samples that `key` names, made where they are not there yet. Rejects as `make` does. */
  read(key: string, make: () => Promise<Float32Array>): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Keeps samples in a folder; where there is none they are made anew each time. */
export async function openClipSamples(folder: string | undefined): Promise<ClipSamples> {
  if (folder === undefined) return { read: (_key, make) => make(), close: async () => {} };
  const store: BlobStore<z.infer<typeof aboutSchema>> = await openBlobStore(folder, aboutSchema);
  return {
    async read(key, make) {
      const kept = await store.get(key);
      if (kept?.about.format === 'int16') return fromSixteenBits(new Int16Array(kept.bytes.buffer));
      if (kept) return new Float32Array(kept.bytes.buffer);
      const samples = await make();
      const whole = toSixteenBits(samples);
      const again = fromSixteenBits(whole);
      const isExact = samples.every((sample, i) => again[i] === sample);
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
