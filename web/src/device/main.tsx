import { render } from 'preact';
import '../style.css';
import { Page } from './page.js';
import { Server } from './server.js';
import './device.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

try {
  render(<Page task={await new Server(document.baseURI).task()} />, root);
} catch (error) {
  render(<p role="alert">{error instanceof Error ? error.message : String(error)}</p>, root);
}
