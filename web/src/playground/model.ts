/** The model of the page: a file of one's own beside it, else the smallest released one, which is in the library. */
import { type Embedder, loadEmbedder } from 'frill-audio';

/** Half a window from one to the next: two embeddings a second are enough to look at. */
const FRAME_HOP = 48;

/** Whether the build found a `model.tflite` in `public/`: see README.md. */
declare const HAS_OWN_MODEL: boolean;

/** Throws ModelError where there is no model, or none that can be loaded. */
export function openModel(): Promise<Embedder> {
  const own = new URL('model.tflite', document.baseURI);
  return HAS_OWN_MODEL
    ? loadEmbedder(own, { frameHop: FRAME_HOP })
    : loadEmbedder(undefined, { frameHop: FRAME_HOP });
}
