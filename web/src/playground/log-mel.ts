/** The log-mel frames of what is heard, as they come: what the network sees. */
import { signal } from '@preact/signals';
import { FRILL_FRONTEND, type FrameStream, loadFrontend } from 'frill-audio';

/** Frames kept for the picture: eight seconds. */
export const SHOWN_FRAMES = 800;
export const BANDS = FRILL_FRONTEND.melBands;

/** Rows of `BANDS` values, oldest first; the natural logarithm of a mel band's magnitude. */
export const frames = signal<readonly Float32Array[]>([]);

let stream: FrameStream | undefined;
const ready = loadFrontend().then((frontend) => {
  stream = frontend.frameStream();
});

/** Adds the frames that these 16 kHz samples complete. */
export async function showFrames(samples: Float32Array): Promise<void> {
  await ready;
  const { data, frames: count } = stream?.push(samples) ?? { data: new Float32Array(0), frames: 0 };
  const rows = Array.from({ length: count }, (_, row) => data.slice(row * BANDS, (row + 1) * BANDS));
  frames.value = [...frames.value, ...rows].slice(-SHOWN_FRAMES);
}
