/**
 * Which smaller operands an elementwise operation accepts beside a larger one. Four forms are enough for
 * the networks of this project, and an engine can be fast on four forms.
 */
import { type Shape, sameShape } from '../tensor/tensor.js';
import { ShapeError } from './shape-error.js';

/**
 * - `same`: equal shapes;
 * - `scalar`: [], one number for all;
 * - `channel`: [C], one number per channel (the last axis), such as a bias;
 * - `gate`: [N, 1, 1, C] beside [N, H, W, C], one number per image and channel, such as squeeze-and-excite.
 */
export type Broadcast = 'same' | 'scalar' | 'channel' | 'gate';

/** How `small` stretches over `large`. Throws ShapeError where it does not. */
export function broadcastOf(op: string, large: Shape, small: Shape): Broadcast {
  if (sameShape(large, small)) return 'same';
  if (small.length === 0) return 'scalar';
  const channels = large.at(-1);
  if (small.length === 1 && small[0] === channels) return 'channel';
  if (large.length === 4 && channels !== undefined && sameShape(small, [large[0], 1, 1, channels]))
    return 'gate';
  throw new ShapeError(op, 'the second operand must have the shape of the first, [], [C] or [N, 1, 1, C]', [
    large,
    small,
  ]);
}

/** Element of `small` that an element of `large` meets. */
export function broadcastIndex(op: string, large: Shape, small: Shape): (element: number) => number {
  const kind = broadcastOf(op, large, small);
  if (kind === 'same') return (element) => element;
  if (kind === 'scalar') return () => 0;
  const channels = large[large.length - 1];
  if (kind === 'channel') return (element) => element % channels;
  const image = large[1] * large[2] * channels;
  return (element) => Math.floor(element / image) * channels + (element % channels);
}
