/**
 * Weights into panels of eight output channels, as the convolutions read them. `from` has the weights of one output channel after
 * another: `runs` times `count` consecutive numbers, `runStep` bytes apart in a panel. The first weight goes to `to`.
 * AssemblyScript; packages/frill-audio/src/engine/panels.ts has the rest.
 */

/** Eight float32 for each number of a run. */
export function packFloats(
  from: usize,
  outs: usize,
  runs: usize,
  count: usize,
  runStep: usize,
  to: usize,
  panelBytes: usize,
): void {
  for (let out: usize = 0; out < outs; out++) {
    const start = to + (out >> 3) * panelBytes + ((out & 7) << 2);
    for (let run: usize = 0; run < runs; run++) {
      let at = start + run * runStep;
      const end = from + (count << 2);
      while (from < end) {
        store<f32>(at, load<f32>(from));
        from += 4;
        at += 32;
      }
    }
  }
}

/** Eight pairs of int8 for each two numbers of a run; a run of odd length ends in half a pair. */
export function packCodes(
  from: usize,
  outs: usize,
  runs: usize,
  count: usize,
  runStep: usize,
  to: usize,
  panelBytes: usize,
): void {
  for (let out: usize = 0; out < outs; out++) {
    const start = to + (out >> 3) * panelBytes + ((out & 7) << 1);
    for (let run: usize = 0; run < runs; run++) {
      let at = start + run * runStep;
      const end = from + (count & ~1);
      while (from < end) {
        store<u16>(at, load<u16>(from));
        from += 2;
        at += 16;
      }
      if (count & 1) store<u8>(at, load<u8>(from++));
    }
  }
}
