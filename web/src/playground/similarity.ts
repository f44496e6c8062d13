/** How alike two sounds are to the network, and the colour that says so. */
import { similarity } from 'frill-audio';
import type { Heard } from './heard.js';

export { similarity };

/** Colour of a window beside the one that is selected: from the wash of the page to its accent. */
export function similarityColour(window: Heard, selected: Heard | undefined): string {
  if (!selected) return 'var(--line)';
  const alike = similarity(window.embedding, selected.embedding);
  // Most sounds of one room are alike already; what tells them apart lies between 0.3 and 1.
  const share = Math.max(0, Math.min(1, (alike - 0.3) / 0.7));
  return `color-mix(in oklab, var(--accent) ${Math.round(100 * share)}%, var(--line))`;
}
