/** A recording as clips: long ones are cut, silence and scraps are left out. */
import { SAMPLE_RATE } from 'frill-audio';

/** Recordings up to this length stay whole; longer ones are cut into pieces of 10 s, the last of 5 to 15 s. In seconds. */
const LONGEST = 15;
const PIECE = 10;
/** Shorter pieces are left out. In seconds. */
const SHORTEST = 0.25;
/** Pieces of a lower root mean square are silence. In dB of full scale. */
const SILENCE_DB = -55;

export interface Piece {
  /** Place among the recording's pieces. */
  readonly index: number;
  readonly samples: Float32Array;
}

export interface Cut {
  readonly pieces: readonly Piece[];
  /** How many pieces the recording has, those left out with them. */
  readonly of: number;
  readonly silent: number;
  readonly short: number;
}

export function cutIntoPieces(recording: Float32Array): Cut {
  const all: Piece[] = [];
  let start = 0;
  for (; recording.length - start > LONGEST * SAMPLE_RATE; start += PIECE * SAMPLE_RATE)
    all.push({ index: all.length, samples: recording.subarray(start, start + PIECE * SAMPLE_RATE) });
  all.push({ index: all.length, samples: recording.subarray(start) });
  const long = all.filter(({ samples }) => samples.length >= SHORTEST * SAMPLE_RATE);
  const heard = long.filter(({ samples }) => level(samples) >= SILENCE_DB);
  return {
    pieces: heard,
    of: all.length,
    silent: long.length - heard.length,
    short: all.length - long.length,
  };
}

/** Root mean square in dB of full scale. */
function level(samples: Float32Array): number {
  let energy = 0;
  for (let i = 0; i < samples.length; i++) energy += samples[i] * samples[i];
  return 10 * Math.log10(energy / samples.length + 1e-20);
}
