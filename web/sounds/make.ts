/**
 * Makes the sounds that come with the playground: `npx tsx web/sounds/make.ts`. They are computed from nothing, so they are ours to
 * give away: CC0. ffmpeg writes them as Opus, a few kilobytes each.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { random } from '../../packages/frill-lab/src/tensor/random.js';
import { wavFile } from '../../testing/wav.js';

const RATE = 16_000;
const SECONDS = 5;

/** Sample at time t in seconds, about [-1, 1]; `noise` is white, of unit deviation. */
type Sound = (t: number, noise: number) => number;

const turn = (hertz: number, t: number) => Math.sin(2 * Math.PI * hertz * t);

/** A strike every `period` seconds that dies away. */
const strikes = (t: number, period: number, decay: number) => Math.exp(-(t % period) / decay);

const SOUNDS: Readonly<Record<string, Sound>> = {
  // A whistle that rises as the water boils, with steam.
  kettle: (t, noise) => {
    const rise = 1900 + 500 * (1 - Math.exp(-t / 2));
    return 0.45 * Math.sin(2 * Math.PI * rise * t + 2 * turn(6, t)) * Math.min(1, t) + 0.1 * noise;
  },
  knocking: (t, noise) =>
    strikes(t, 0.45, 0.025) * (0.6 * turn(170, t % 0.45) + 0.3 * turn(410, t % 0.45) + 0.15 * noise),
  rain: (t, noise) => 0.16 * noise * (1 + 0.3 * turn(0.7, t)) + (Math.abs(noise) > 3.1 ? 0.4 : 0),
  bird: (t) => {
    const at = t % 0.6;
    const chirp = at < 0.22 ? Math.sin(Math.PI * (at / 0.22)) : 0;
    return (
      0.5 * chirp * Math.sin(2 * Math.PI * (3200 * at + 2600 * at * at * (Math.floor(t / 0.6) % 2 ? -1 : 1)))
    );
  },
  bell: (t) =>
    [1, 2, 2.4, 3, 4.5].reduce(
      (sum, partial, index) =>
        sum + (0.35 / (index + 1)) * turn(523 * partial, t % 2.5) * strikes(t, 2.5, 1.1 / partial),
      0,
    ),
};

for (const [name, sound] of Object.entries(SOUNDS)) {
  const stream = random(`sounds/${name}`);
  const samples = Float32Array.from({ length: SECONDS * RATE }, (_, n) =>
    Math.max(-1, Math.min(1, sound(n / RATE, stream.normal()))),
  );
  const at = fileURLToPath(new URL(`../public/sounds/${name}`, import.meta.url));
  writeFileSync(`${at}.wav`, wavFile({ encoding: 's16', sampleRate: RATE, channels: [samples] }));
  execFileSync('ffmpeg', [
    '-loglevel',
    'error',
    '-y',
    '-i',
    `${at}.wav`,
    '-c:a',
    'libopus',
    '-b:a',
    '24k',
    `${at}.opus`,
  ]);
  rmSync(`${at}.wav`);
}
