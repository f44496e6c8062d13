/**
 * What the encoded files of this folder hold: a second of two voices, made from nothing. Run as a program it writes the
 * WAV file that was encoded: `tsx testing/audio/original.ts RATE CHANNELS SECONDS FILE`.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { wavFile } from '../wav.js';

/** Harmonics of a gliding pitch under syllables; the second channel is another voice. In [-0.6, 0.6]. */
export function original(sampleRate: number, channels: number, seconds: number): Float32Array[] {
  return Array.from({ length: channels }, (_, voice) =>
    Float32Array.from({ length: Math.round(sampleRate * seconds) }, (_, n) => {
      const t = n / sampleRate;
      const phase = 2 * Math.PI * ((120 + 70 * voice) * t + 40 * t * t);
      const syllable = Math.sin(Math.PI * (4 + voice) * t) ** 2;
      return 0.25 * syllable * (Math.sin(phase) + Math.sin(3 * phase + voice) + 0.4 * Math.sin(9 * phase));
    }),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [rate, channels, seconds] = process.argv.slice(2, 5).map(Number);
  const encoding = 's16';
  writeFileSync(
    process.argv[5],
    wavFile({ encoding, sampleRate: rate, channels: original(rate, channels, seconds) }),
  );
}
