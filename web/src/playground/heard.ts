/** Windows that were heard: one embedding each, with the sound it stands for. What all parts of the page look at. */
import { signal } from '@preact/signals';

export interface Heard {
  readonly id: number;
  /** The file's name, or "microphone". */
  readonly source: string;
  /** Centre of the window in seconds from the start of its source. */
  readonly time: number;
  readonly embedding: Float32Array;
  /** The window's sound, 16 kHz mono. */
  readonly samples: Float32Array;
}

/** Older windows are forgotten: about ten minutes, and 75 MB of sound. */
export const MOST_WINDOWS = 1200;

/** Oldest first. */
export const heard = signal<readonly Heard[]>([]);
/** The window that similarities are shown to. */
export const selected = signal<Heard | undefined>(undefined);

let next = 0;

export function hear(windows: readonly Omit<Heard, 'id'>[]): void {
  const added = windows.map((window) => ({ ...window, id: next++ }));
  heard.value = [...heard.value, ...added].slice(-MOST_WINDOWS);
  selected.value ??= added[0];
}

export function forgetAll(): void {
  heard.value = [];
  selected.value = undefined;
}
