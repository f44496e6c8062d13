/** Numbers beside the frontier's members: above and to the left of each, where no other student can be, and clear of one another. */
import type { StudentRow } from '../analysis.js';

/** Pixels of a plot's inside, and the values at its edges; x is logarithmic. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export interface Label {
  readonly row: StudentRow;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Room that a number takes. */
const [WIDTH, HEIGHT] = [17, 14];

/** Places, in pixels from the mark, that are tried in turn. */
const OFFSETS: readonly (readonly [number, number])[] = [1, 2, 3, 4].flatMap((ring) => [
  [-11 * ring, -11],
  [-11, -13 * ring],
  [-11 * ring, -13 * ring],
]);

/** Labels in the plot's own values; `place` tells where a member's mark is. */
export function frontierLabels(
  frontier: readonly StudentRow[],
  place: { readonly x: (row: StudentRow) => number; readonly y: (row: StudentRow) => number },
  { width, height, x, y }: Frame,
): Label[] {
  const spread = Math.log(x[1] / x[0]);
  const marks = frontier.map((row): [number, number] => [
    (width * Math.log(place.x(row) / x[0])) / spread,
    (height * (y[1] - place.y(row))) / (y[1] - y[0]),
  ]);
  const taken: [number, number][] = [...marks];
  return frontier.map((row, index) => {
    const [left, top] = marks[index];
    const free = (at: readonly [number, number]) =>
      taken.every(([a, b]) => Math.abs(a - at[0]) >= WIDTH || Math.abs(b - at[1]) >= HEIGHT);
    const candidates = OFFSETS.map(([dx, dy]): [number, number] => [left + dx, top + dy]);
    const chosen = candidates.find(free) ?? candidates[0];
    taken.push(chosen);
    return {
      row,
      text: String(index + 1),
      x: x[0] * Math.exp((chosen[0] / width) * spread),
      y: y[1] - (chosen[1] / height) * (y[1] - y[0]),
    };
  });
}
