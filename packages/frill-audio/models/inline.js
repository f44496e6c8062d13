/** The smallest released model as text, written by `frill release pack`; none is in this version. */
export const INLINE = undefined;
