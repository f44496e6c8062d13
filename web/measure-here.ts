/**
 * Measures the Chromium of this machine: `npx tsx web/measure-here.ts ADDRESS NAME`, with the address that `frill bench --serve` or
 * `frill study latency --serve` prints. Waits until the results are sent.
 */
import { launchChromium } from '../testing/package/browser.js';

const [address, name = 'this machine'] = process.argv.slice(2);
if (address === undefined) throw new Error('give the address that --serve prints');
const browser = await launchChromium();
const page = await browser.newPage();
await page.goto(address);
await page.getByLabel('What is this device called?').fill(name);
await page.getByRole('button', { name: /^(Start|Go on)$/ }).click();
const ends = page.getByRole('heading', { name: 'Done, and sent' }).or(page.getByRole('alert'));
await ends.waitFor({ timeout: 0 });
process.stdout.write(`${await ends.first().textContent()}\n`);
await browser.close();
