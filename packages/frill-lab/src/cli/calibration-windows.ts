/** The log-mel windows that `--calibration` names, for the form int8. */
import { InputError, loadFrontend } from 'frill-audio';
import { readMono16k } from 'frill-audio/node';
import { audioFilesAt } from '../corpus/audio-files.js';
import type { Progress } from '../run/progress.js';

/** Activations hardly widen beyond this many windows. */
const CALIBRATION_WINDOWS = 128;

/** Windows spread evenly over the files and folders, at most `CALIBRATION_WINDOWS`. Throws InputError for none. */
export async function calibrationWindows(
  sources: readonly string[],
  progress: Progress,
): Promise<Float32Array> {
  const frontend = await loadFrontend();
  const { frames, melBands } = frontend.parameters;
  const size = frames * melBands;
  const all: Float32Array[] = [];
  const files = (await Promise.all(sources.map((source) => audioFilesAt(source, progress.say)))).flat();
  const reading = progress.start('read audio', files.length, 'files');
  for (const [index, file] of files.entries()) {
    const { count, data } = frontend.windows(await readMono16k(file));
    for (let n = 0; n < count; n++) all.push(data.subarray(n * size, (n + 1) * size));
    reading.advance(index + 1);
  }
  reading.finish();
  if (all.length === 0)
    throw new InputError({
      what: 'no window of audio in these files',
      where: '--calibration',
      remedy: 'Give others',
    });
  const step = Math.max(1, all.length / CALIBRATION_WINDOWS);
  const chosen = Array.from({ length: Math.floor(all.length / step) }, (_, n) => all[Math.floor(n * step)]);
  const windows = new Float32Array(chosen.length * size);
  for (const [n, window] of chosen.entries()) windows.set(window, n * size);
  return windows;
}
