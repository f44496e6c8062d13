/** The log-mel as a picture that moves: time to the right, low bands at the bottom. Loud is black, which the dark style inverts. */
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
    if (!context) return;
    const picture = context.createImageData(SHOWN_FRAMES, BANDS);
    const first = SHOWN_FRAMES - shown.length;
    for (const [index, row] of shown.entries())
      for (let band = 0; band < BANDS; band++) {
        const level = Math.max(0, Math.min(1, (row[band] - QUIET) / (LOUD - QUIET)));
        const at = 4 * ((BANDS - 1 - band) * SHOWN_FRAMES + first + index);
        picture.data[at + 3] = 255 * level ** 1.5;
      }
    context.putImageData(picture, 0, 0);
  });
  return (
    <div class="log-mel">
      <canvas
        ref={canvas}
        width={SHOWN_FRAMES}
        height={BANDS}
        role="img"
        aria-label="The last eight seconds as a log-mel spectrogram"
      />
    </div>
  );
}
