/**
 * A figure of the report: a plot drawn twice (for a page and for a phone), its data as CSV, and what it shows. Drawn on
 * the server by Observable Plot; colours are CSS variables, so that one drawing serves light and dark.
 */
import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Analysis } from '../analysis.js';
import type { StudyResults } from '../records.js';
import { COLOURS } from './style.js';

/** Widths in pixels of the two drawings. */
export const WIDE = 860;
export const NARROW = 390;

export interface Figure {
  /** File stem of the SVG and the CSV. */
  readonly name: string;
  readonly title: string;
  /** What the reader sees, in a sentence or two of HTML. */
  readonly caption: string;
  readonly csv: string;
  /** The drawing at that width. */
  draw(width: number): string;
}

/** Makes a figure, or nothing where the run has no data for it. */
export type FigureMaker = (results: StudyResults, analysis: Analysis) => Figure | undefined;

/** Renders a plot to SVG markup that needs nothing around it but the colour variables. */
export function toSvg(options: PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn = plot({
    ...options,
    document,
    style: {
      fontFamily: 'ui-sans-serif, system-ui, sans-serif',
      fontSize: '12.5px',
      background: 'none',
      overflow: 'visible',
      color: 'var(--ink)',
      ...(typeof options.style === 'object' ? options.style : {}),
    },
  });
  const svg = drawn.tagName.toLowerCase() === 'svg' ? drawn : drawn.querySelector('svg');
  if (!svg) throw new Error('the plot has no SVG');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}

/** Two drawings of one width as one, the second below the first. */
export function stacked(upper: string, lower: string, width: number): string {
  const [above, below] = [upper, lower].map((svg) => Number(/ height="(\d+)"/.exec(svg)?.[1] ?? 0));
  const height = above + below;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" style="overflow:visible">${upper}${lower.replace('<svg', `<svg y="${above}"`)}</svg>`;
}

/** A drawing as a file of its own: colours and paper come with it. */
export function standalone(svg: string): string {
  return svg
    .replace(/background: ?none;?/, '')
    .replace(
      /(<svg[^>]*>)/,
      `$1<style>svg{background:var(--paper);${COLOURS.light}}@media(prefers-color-scheme:dark){svg{${COLOURS.dark}}}</style>`,
    );
}

/** Hue of a size. */
export function sizeColour(size: string): string {
  return `var(--${size})`;
}
