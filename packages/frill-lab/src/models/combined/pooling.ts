/** A tensor [N, ...] as one vector a window: what each channel is on average over time and frequency, and how much it moves. */
import type { Part } from './recipe.js';
import type { NetworkWriter, SourceTensor } from './sources/source.js';

/** Appends the nodes; the name of the vectors [N, channels], or [N, 2 channels] with deviations. `rank` is that of the tensor. */
export function writePooling(
  write: NetworkWriter,
  { name, channelAxis }: SourceTensor,
  rank: number,
  pooling: Part['pooling'],
): string {
  if (rank === 2) return name;
  const axis = channelAxis < 0 ? channelAxis + rank : channelAxis;
  const others = Array.from({ length: rank - 1 }, (_, place) => place + 1).filter((place) => place !== axis);
  const x = axis === 1 ? name : write.node('Transpose', [name], { perm: [0, axis, ...others] });
  const mean = write.node('GlobalAveragePool', [x]);
  const flat = write.node('Flatten', [mean], { axis: 1 });
  if (pooling === 'mean') return flat;
  const away = write.node('Sub', [x, mean]);
  const variance = write.node('GlobalAveragePool', [write.node('Mul', [away, away])]);
  const deviation = write.node('Flatten', [write.node('Sqrt', [variance])], { axis: 1 });
  return write.node('Concat', [flat, deviation], { axis: 1 });
}
