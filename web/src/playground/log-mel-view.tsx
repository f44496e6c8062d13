/** The log-mel as a picture that moves: time to the right, low bands at the bottom, loud is dark (or bright, in the dark). */
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { BANDS, frames, SHOWN_FRAMES } from './log-mel.js';

/** Natural logarithms between silence and loud speech. */
const [QUIET, LOUD] = [-6.9, 2];

export function LogMelView() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const shown = frames.value;
    const context = canvas.current?.getContext('2d');
    if (!context || !canvas.current) return;
    const [red, green, blue] = inkOf(canvas.current);
    const picture = context.createImageData(SHOWN_FRAMES, BANDS);
    const first = SHOWN_FRAMES - shown.length;
    for (const [index, row] of shown.entries())
      for (let band = 0; band < BANDS; band++) {
        const level = Math.max(0, Math.min(1, (row[band] - QUIET) / (LOUD - QUIET)));
        const at = 4 * ((BANDS - 1 - band) * SHOWN_FRAMES + first + index);
        picture.data.set([red, green, blue, 255 * level ** 1.5], at);
      }
    context.putImageData(picture, 0, 0);
  });
  return (
    <canvas
      ref={canvas}
      class="log-mel"
      width={SHOWN_FRAMES}
      height={BANDS}
      role="img"
      aria-label="The last eight seconds as a log-mel spectrogram"
    />
  );
}

/** The page's text colour, light or dark. */
function inkOf(element: Element): number[] {
  return (getComputedStyle(element).color.match(/\d+/g) ?? ['0', '0', '0']).slice(0, 3).map(Number);
}
