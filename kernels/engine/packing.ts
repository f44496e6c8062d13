/**
 * Weights into panels of eight output channels, as the convolutions read them. `from` has the weights of one output channel after
 * another: `runs` times `runBytes` of consecutive numbers, `runStep` bytes apart in a panel. The first weight goes to `to`.
 * AssemblyScript; packages/frill-audio/src/engine/panels.ts has the rest.
 */

/** Eight float32 for each number of a run. */
export function packFloats(
  from: usize,
  outs: usize,
  runs: usize,
  runBytes: usize,
  runStep: usize,
  to: usize,
  panelBytes: usize,
): void {
  pack<f32>(from, outs, runs, runBytes, runStep, to, panelBytes);
}

/** Eight pairs of int8 for each two numbers of a run; a run of odd length ends in half a pair. */
export function packCodes(
  from: usize,
  outs: usize,
  runs: usize,
  runBytes: usize,
  runStep: usize,
  to: usize,
  panelBytes: usize,
): void {
  pack<u16>(from, outs, runs, runBytes, runStep, to, panelBytes);
}

/** Moves a `T` at once. */
function pack<T>(
  from: usize,
  outs: usize,
  runs: usize,
  runBytes: usize,
  runStep: usize,
  to: usize,
  panelBytes: usize,
): void {
  const half = runBytes & (sizeof<T>() - 1);
  for (let out: usize = 0; out < outs; out++) {
    const start = to + (out >> 3) * panelBytes + (out & 7) * sizeof<T>();
    for (let run: usize = 0; run < runs; run++) {
      let at = start + run * runStep;
      const end = from + runBytes - half;
      while (from < end) {
        store<T>(at, load<T>(from));
        from += sizeof<T>();
        at += sizeof<T>() << 3;
      }
      if (half) store<u8>(at, load<u8>(from++));
    }
  }
}
