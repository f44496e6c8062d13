/** Log-mel features of an audio file as .npy, computed and written as the file is read, in constant memory. */
import { extname } from 'node:path';
import { type Frontend, InputError, SAMPLE_RATE } from 'frill-audio';
import { openAudioStream } from 'frill-audio/node';
import { type Progress, silent } from '../run/progress.js';
import { writeWholeWith } from '../run/whole-file.js';
import { writeNpyRows } from '../tensor/npy-rows.js';
import { secondsOf } from './clip-seconds.js';

/** [rows, 64] frames, or [rows, 96, 64] windows. */
export type FeatureRows = 'frames' | 'windows';

/**
 * Writes the features and returns their shape. Throws AudioError for a file that cannot be read whole, and InputError when
 * `out` is not called .npy or the front end takes another rate than 16 kHz; then nothing is written.
 */
export async function writeFeatures(
  path: string,
  out: string,
  rows: FeatureRows,
  frontend: Frontend,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<number[]> {
  if (extname(out).toLowerCase() !== '.npy')
    throw new InputError({ what: 'features are written as .npy only', where: out, remedy: 'Name it so' });
  const { melBands, frames, sampleRate } = frontend.parameters;
  if (sampleRate !== SAMPLE_RATE)
    throw new InputError({
      what: `this front end takes ${sampleRate} Hz, and files are read at ${SAMPLE_RATE} Hz`,
      where: path,
      remedy: 'Give the model of a 16 kHz front end, or none for that of FRILL',
    });
  const stream = rows === 'windows' ? frontend.stream() : frontend.frameStream();
  async function* features() {
    const seconds = await secondsOf({ path });
    // Of a format whose header does not tell, how much is left is not known.
    const step = (seconds === undefined ? silent : progress).start('features', Math.ceil(seconds ?? 0), 's');
    let done = 0;
    for await (const samples of openAudioStream(path)) {
      signal.throwIfAborted();
      yield stream.push(samples).data;
      done += samples.length;
      step.advance(Math.floor(done / SAMPLE_RATE));
    }
    yield stream.finish().data;
    step.finish();
  }
  const row = rows === 'windows' ? [frames, melBands] : [melBands];
  let count = 0;
  await writeWholeWith(out, async (file) => {
    count = await writeNpyRows(file, row, features());
  });
  return [count, ...row];
}
