/** What the page was taught: examples of the user's own labels, and the head fitted to them. */
import { computed, signal } from '@preact/signals';
import { type Example, fitHead, type Head, type Prediction } from 'frill-audio';
import { type Heard, heard } from './heard.js';

export interface TaughtExample extends Example {
  /** Absent of examples that came with a loaded head: it keeps no sound. */
  readonly window?: Heard | undefined;
}

/** A few of each label make a head: three are few, ten are plenty. */
export const FEWEST_EXAMPLES = 3;

/** The label of what is none of the user's: a correction to "none of these" becomes an example of it. */
export const SOMETHING_ELSE = 'something else';

export const examples = signal<readonly TaughtExample[]>([]);
/** What made the embeddings; kept with the head. */
export const modelName = signal<string | undefined>(undefined);

export const labels = computed(() => [...new Set(examples.value.map(({ label }) => label))]);

/** Fitted anew at every change: a few dozen examples take milliseconds. */
export const head = computed<Head | undefined>(() =>
  labels.value.length < 2 ? undefined : fitHead(examples.value, { model: modelName.value }),
);

/** What the head says of the newest window. */
export const answer = computed<{ window: Heard; prediction: Prediction } | undefined>(() => {
  const window = heard.value.at(-1);
  return head.value && window ? { window, prediction: head.value.predict(window.embedding) } : undefined;
});

export function teach(label: string, windows: readonly Heard[]): void {
  const taught = new Set(examples.value.map(({ window }) => window));
  const added = windows
    .filter((window) => !taught.has(window))
    .map((window) => ({ label, window, embedding: window.embedding }));
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

/** A saved head takes the place of what was taught; its examples can be added to and taken away. */
export function takeHead(loaded: Head): void {
  examples.value = loaded.examples;
}

/** Whether the sound is one of the user's labels. */
export function isOneOfThem({ isKnown, label }: Prediction): boolean {
  return isKnown && label !== SOMETHING_ELSE;
}
