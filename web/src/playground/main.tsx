import { loadEmbedder } from 'frill-audio';
import { render } from 'preact';
import { App } from './app.js';
import { modelName } from './examples-of-labels.js';
import './styles.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

/** Half a window from one to the next: two embeddings a second are enough to look at. */
const FRAME_HOP = 48;
/** Beside the page: see README.md. */
const MODEL = new URL('model.tflite', document.baseURI).href;

render(<p class="quiet">Loading the model…</p>, root);
try {
  const frill = await loadEmbedder(MODEL, { frameHop: FRAME_HOP });
  modelName.value = frill.metadata?.name;
  render(<App frill={frill} />, root);
} catch (error) {
  render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>, root);
}
if (import.meta.env.PROD) void navigator.serviceWorker?.register('./sw.js');
