/** Any representation as a subject of the latency protocol, whole: from a window of audio to its vector, on one thread. */
import type { Representation } from '../models/representation.js';
import { random } from '../tensor/random.js';
import type { Subject } from './timed-runs.js';

/** A second of audio is one window of FRILL's grid. */
const SAMPLES = 16_000;

/** `open` must give it on one thread; a teacher of several networks is timed with all of them. */
export function representationSubject(
  name: string,
  identity: string,
  open: () => Promise<Representation>,
): Subject {
  const stream = random('latency/audio');
  const samples = Float32Array.from({ length: SAMPLES }, () => stream.normal(0, 0.1));
  return {
    name,
    path: 'audio-to-embedding',
    content: identity,
    load: async () => {
      const representation = await open();
      return { run: () => representation.embed(samples), close: () => representation.close() };
    },
  };
}
