/** The smallest released model, written by `frill release pack`. */
export const SMALLEST = {
  name: 'frill-s',
  version: 1,
  sha256: '533907e92c4f7ba6c3a98072631b1c37231017eecc3ba793aff022a32093e02d',
  parts: () => [
    new URL('./smallest-1.bin', import.meta.url),
    new URL('./smallest-2.bin', import.meta.url),
    new URL('./smallest-3.bin', import.meta.url),
    new URL('./smallest-4.bin', import.meta.url),
    new URL('./smallest-5.bin', import.meta.url),
  ],
};
