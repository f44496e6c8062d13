/** Examples straight from the microphone: the next windows heard are those of a label, until there are enough. */
import { effect, signal } from '@preact/signals';
import { isListening } from './ears.js';
import { teach } from './examples-of-labels.js';
import { heard } from './heard.js';

/** Windows that one recording takes: about three seconds. */
export const RECORDED = 5;

export interface Recording {
  readonly label: string;
  readonly left: number;
}

export const recording = signal<Recording | undefined>(undefined);

/** The next windows heard become examples of the label. The microphone must be on. */
export function record(label: string): void {
  recording.value = { label, left: RECORDED };
  const seen = new Set(heard.peek());
  const stop = effect(() => {
    const fresh = heard.value.filter((window) => !seen.has(window));
    const now = recording.peek();
    if (!now || !isListening.value) {
      recording.value = undefined;
      queueMicrotask(() => stop());
      return;
    }
    for (const window of fresh) seen.add(window);
    const taken = fresh.slice(0, now.left);
    if (taken.length > 0) teach(label, taken);
    const left = now.left - taken.length;
    recording.value = left > 0 ? { label, left } : undefined;
    if (left === 0) queueMicrotask(() => stop());
  });
}
