import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FORMAT_SECONDS, FORMATS } from '../../../../testing/audio/formats.js';
import { original } from '../../../../testing/audio/original.js';
import { inPieces, isSame, streamed } from '../../../../testing/in-pieces.js';
import { decodeAudio } from './decode.js';
import { readMono16k } from './file.js';

const FOLDER = fileURLToPath(new URL('../../../../testing/audio/formats/', import.meta.url));

/** Signal to error in decibels, of what begins `late` samples into `heard`. */
function fidelity(said: Float32Array, heard: Float32Array, late: number): number {
  let [signal, error] = [0, 0];
  for (let n = Math.max(0, -late); n < said.length && n + late < heard.length; n++) {
    signal += said[n] ** 2;
    error += (heard[n + late] - said[n]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

describe.each(FORMATS)('$container with $codec: $file', (format) => {
  const { file, rate, channels, late = 0, behind = 0 } = format;
  const bytes = readFileSync(FOLDER + file);

  it('is what was encoded: rate, channels, length and sound', async () => {
    const audio = await decodeAudio(bytes, file);
    expect(audio.sampleRate).toBe(rate);
    expect(audio.channels).toHaveLength(channels);
    const said = original(rate, channels, FORMAT_SECONDS);
    const beyond = audio.channels[0].length - said[0].length - late;
    expect(beyond).toBeGreaterThanOrEqual(Math.min(0, behind, late + behind));
    expect(beyond).toBeLessThanOrEqual(behind);
    for (const [c, channel] of audio.channels.entries())
      expect(fidelity(said[c], channel, late)).toBeGreaterThan(format.fidelity);
  });

  it('is the same in pieces of any size, and as a stream', async () => {
    const [whole] = (await decodeAudio(bytes)).channels;
    for (const size of [1, 61, 1000]) expect(isSame(await inPieces(bytes, size), whole)).toBe(true);
    expect(isSame(await streamed(FOLDER + file), await readMono16k(FOLDER + file))).toBe(true);
  });
});

it('has a file of each format, and the documentation the same list', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(FORMATS.map(({ file }) => file).sort());
  const page = readFileSync(new URL('../../../../docs/audio-formats.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| ([^|]+?) +\| ([^|]+?) +\|$/gm)].slice(1).map(([, a, b]) => [a, b]);
  const containers = [...new Set(FORMATS.map(({ container }) => container))];
  const listed = containers.map((container) => [
    container,
    [...new Set(FORMATS.filter((format) => format.container === container).map(({ codec }) => codec))].join(
      '; ',
    ),
  ]);
  expect(rows.filter(([cell]) => !cell.startsWith('-'))).toEqual(listed);
});
