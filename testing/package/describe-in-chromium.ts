/** `describe`, skipped in one line where Chromium is absent. */
import { describe } from 'vitest';
import { CHROMIUM, hasChromium } from './browser.js';

export const describeInChromium = hasChromium
  ? describe
  : (title: string, body: () => void) => describe.skip(`${title} (skipped: ${CHROMIUM} is absent)`, body);
