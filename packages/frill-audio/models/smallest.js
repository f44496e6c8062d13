/** The smallest released model, written by `frill release pack`; none is in this version. */
export const SMALLEST = undefined;
