/** The smallest released model, written by `frill release pack`. */
export const SMALLEST = {
  name: 'frill-s',
  version: 2,
  sha256: '9f8e87a7b577910959e740d0deccce9c858a5ca1ff589c909ef5adf81cce20fb',
  parts: () => [
    new URL('./smallest-1.bin', import.meta.url),
    new URL('./smallest-2.bin', import.meta.url),
    new URL('./smallest-3.bin', import.meta.url),
    new URL('./smallest-4.bin', import.meta.url),
    new URL('./smallest-5.bin', import.meta.url),
  ],
};
