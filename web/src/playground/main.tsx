import { render } from 'preact';
import '../style.css';
import { App } from './app.js';
import { modelName } from './examples-of-labels.js';
import { openModel } from './model.js';
import './styles.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

render(
  <main>
    <p role="status" class="quiet">
      Loading the model…
    </p>
  </main>,
  root,
);
try {
  const frill = await openModel();
  modelName.value = frill.metadata?.name;
  render(<App frill={frill} />, root);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  render(
    <main>
      <p role="alert">{message}</p>
    </main>,
    root,
  );
}
if (import.meta.env.PROD) void navigator.serviceWorker?.register('./sw.js');
