/**
 * A student as a mark, the same in every plot: hue by size, area by width, hollow where the last feature map is flattened, and a shape
 * for what was done to the bottleneck. The key is part of the drawing, so that an SVG file explains itself.
 */
import { dot } from '@observablehq/plot';
import type { StudentConfig } from '../../models/student-config.js';
import { percent, three } from '../../text/format.js';
import type { StudentRow } from '../analysis.js';
import { sizeColour, WIDE } from './figure.js';

/** Pixels. */
function radiusOf(width: number): number {
  return 2.2 + 1.7 * width;
}

type Shape = 'circle' | 'diamond2' | 'square2' | 'triangle2';

function shapeOf({ compression, quantization }: Pick<StudentConfig, 'compression' | 'quantization'>): Shape {
  const isCompressed = compression.kind === 'low-rank';
  if (quantization === 'aware') return isCompressed ? 'triangle2' : 'square2';
  return isCompressed ? 'diamond2' : 'circle';
}

/** Where a student is drawn. */
export interface Place {
  readonly x: (row: StudentRow) => number;
  readonly y: (row: StudentRow) => number;
}

/** Scale that leaves radii in pixels; for the plot's options. */
export const IN_PIXELS = { type: 'identity' } as const;

/** Marks of these students; those on the frontier last and at full strength. */
export function studentMarks(rows: readonly StudentRow[], place: Place) {
  const ordered = [...rows].sort((a, b) => Number(a.isFrontier) - Number(b.isFrontier));
  return dot(ordered, {
    ...place,
    r: ({ student, isFrontier }: StudentRow) => radiusOf(student.config.width) + (isFrontier ? 1 : 0),
    symbol: ({ student }: StudentRow) => shapeOf(student.config),
    stroke: ({ student }: StudentRow) => sizeColour(student.config.size),
    strokeWidth: 1.4,
    fill: ({ student }: StudentRow) =>
      student.config.pooling === 'gap' ? sizeColour(student.config.size) : 'var(--paper)',
    fillOpacity: ({ isFrontier }: StudentRow) => (isFrontier ? 1 : 0.5),
    strokeOpacity: ({ isFrontier }: StudentRow) => (isFrontier ? 1 : 0.75),
    title: titleOf,
  });
}

function titleOf({ student, quality, latencyMs, sizeMiB }: StudentRow): string {
  const latency = Number.isFinite(latencyMs) ? `${three(latencyMs)} ms, ` : '';
  return `${student.name}\n${percent(quality)} %, ${latency}${three(sizeMiB)} MiB`;
}

const KEY_LINE = 20;

/** The plot with the key of its marks above it. */
export function withKey(svg: string, width: number): string {
  const entries: [glyph: string, label: string][] = [
    ...(['tiny', 'small', 'large'] as const).map((size): [string, string] => [
      glyph('circle', sizeColour(size), 4.5),
      size,
    ]),
    [glyph('circle', 'var(--quiet)', 4.5), 'GAP'],
    [glyph('circle', 'var(--quiet)', 4.5, 'var(--paper)'), 'flattened'],
    [glyph('diamond', 'var(--quiet)', 4.5), 'compressed'],
    [glyph('square', 'var(--quiet)', 4.5), 'QAT'],
    [glyph('triangle', 'var(--quiet)', 4.5), 'both'],
    [
      `${glyph('circle', 'var(--quiet)', radiusOf(0.5), undefined, -8)}${glyph('circle', 'var(--quiet)', radiusOf(2), undefined, 2)}`,
      'width 0.5 to 2',
    ],
  ];
  let [x, line] = [0, 0];
  const drawn = entries.map(([mark, label]) => {
    const room = 40 + 7 * label.length;
    if (x + room > width) [x, line] = [0, line + 1];
    const entry = `<g transform="translate(${x + 12},${12 + line * KEY_LINE})">${mark}<text x="14" dy="0.32em">${label}</text></g>`;
    x += room;
    return entry;
  });
  const above = (line + 1) * KEY_LINE + 10;
  const height = Number(/ height="(\d+)"/.exec(svg)?.[1] ?? 0);
  const below = svg.replace('<svg', `<svg y="${above}"`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${above + height}" viewBox="0 0 ${width} ${above + height}" font-size="${width === WIDE ? 12.5 : 12}" font-family="ui-sans-serif, system-ui, sans-serif" fill="var(--quiet)" style="overflow:visible"><g class="key">${drawn.join('')}</g>${below}</svg>`;
}

function glyph(
  shape: 'circle' | 'diamond' | 'square' | 'triangle',
  colour: string,
  radius: number,
  fill = colour,
  x = 0,
): string {
  const style = `stroke="${colour}" stroke-width="1.4" fill="${fill}"`;
  if (shape === 'circle') return `<circle cx="${x}" r="${radius}" ${style}/>`;
  const r = 1.15 * radius;
  const path = {
    diamond: `M0,${-r}L${r},0L0,${r}L${-r},0Z`,
    square: `M${-0.8 * r},${-0.8 * r}h${1.6 * r}v${1.6 * r}h${-1.6 * r}Z`,
    triangle: `M0,${-1.1 * r}L${r},${0.7 * r}L${-r},${0.7 * r}Z`,
  }[shape];
  return `<path d="${path}" ${style}/>`;
}
