/** What the page was taught: examples of the user's own labels, and the head fitted to them. */
import { computed, signal } from '@preact/signals';
import { type Example, fitHead, type Head } from 'frill-audio';
import type { Heard } from './heard.js';

export interface TaughtExample extends Example {
  readonly window: Heard;
}

/** A few of each label make a head: three are few, ten are plenty. */
export const FEWEST_EXAMPLES = 3;

export const examples = signal<readonly TaughtExample[]>([]);
/** A head that was loaded from a file stands in until something is taught. */
export const loaded = signal<Head | undefined>(undefined);
/** What made the embeddings; kept with the head. */
export const modelName = signal<string | undefined>(undefined);

export const labels = computed(() => [...new Set(examples.value.map(({ label }) => label))]);

/** Fitted anew at every change: a few dozen examples take milliseconds. */
export const head = computed<Head | undefined>(() =>
  labels.value.length < 2 ? loaded.value : fitHead(examples.value, { model: modelName.value }),
);

export function teach(label: string, windows: readonly Heard[]): void {
  const added = windows.map((window) => ({ label, window, embedding: window.embedding }));
  examples.value = [...examples.value, ...added];
}

export function removeExample(example: TaughtExample): void {
  examples.value = examples.value.filter((one) => one !== example);
}

/** The answer was wrong: the window becomes an example of what it is. */
export function correct(window: Heard, label: string): void {
  const others = examples.value.filter((one) => one.window !== window);
  examples.value = [...others, { label, window, embedding: window.embedding }];
}
