/** Audio of every format: decoded whole and in pieces, which must agree in what they give or in that they refuse. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AudioError } from 'frill-audio';
import { decodeAudio } from 'frill-audio/decode';
import { inPieces, isSame } from '../testing/in-pieces.js';
import type { FuzzGroup, Seed } from './group.js';

const FOLDER = fileURLToPath(new URL('../testing/audio/', import.meta.url));
const PIECE_BYTES = 499;

export const group: FuzzGroup = {
  async seeds() {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
    return files
      .filter((file) => file.isFile() && /\.\w{2,4}$/.test(file.name) && !/\.(ts|md)$/.test(file.name))
      .map((file): Seed => ({ name: file.name, bytes: readFileSync(`${file.parentPath}/${file.name}`) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },

  async read({ bytes }) {
    const { warn } = console;
    console.warn = () => {}; // That floats are out of scale, which damaged ones mostly are.
    try {
      const whole = await outcome(decodeAudio(bytes).then(({ channels }) => channels[0]));
      const pieces = await outcome(inPieces(bytes, PIECE_BYTES));
      if (whole instanceof AudioError && pieces instanceof AudioError) {
        if (whole.what !== pieces.what) throw new Error(`whole: ${whole.what}; in pieces: ${pieces.what}`);
        throw whole;
      }
      if (whole instanceof AudioError || pieces instanceof AudioError)
        throw new Error(
          `only one of two ways refuses it: ${whole instanceof AudioError ? whole.what : String(pieces)}`,
        );
      if (!isSame(whole, pieces)) throw new Error('whole and in pieces it is not the same');
    } finally {
      console.warn = warn;
    }
  },
};

async function outcome(decoded: Promise<Float32Array>): Promise<Float32Array | AudioError> {
  return decoded.catch((error: unknown) => {
    if (error instanceof AudioError) return error;
    throw error;
  });
}
