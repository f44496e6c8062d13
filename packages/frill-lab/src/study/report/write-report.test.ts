import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { exampleResults } from '../../../../../testing/study-results.js';
import { writeReport } from './write-report.js';

async function written(students: string) {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const { page } = await writeReport(exampleResults(students), folder);
  const html = await readFile(page, 'utf8');
  return { folder, html, document: parseHTML(html).document };
}

test('the page stands by itself: nothing is fetched, every student is in it', async () => {
  const { folder, html, document } = await written('grid');
  expect(html).not.toMatch(/<(link|img|iframe)|src=|@import|url\(/);
  expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
  expect(html.replace(/<script>.*?<\/script>/gs, '')).not.toMatch(/NaN|undefined|\[object/);
  expect(document.querySelectorAll('table[data-sortable] tbody tr')).toHaveLength(144);
  expect(document.querySelectorAll('figure')).toHaveLength(7);
  expect(document.querySelectorAll('details table[data-sortable]')).toHaveLength(1);
  expect(await readFile(join(folder, 'pairs.csv'), 'utf8')).toMatch(/^choice,.*\nsmall instead of tiny,48,/);
});

test('every figure is a file, with its data beside it', async () => {
  const { folder } = await written('builtin');
  const files = await readdir(folder);
  for (const name of ['frontier', 'tasks', 'effects', 'size', 'learning', 'explained', 'capacity']) {
    expect(files).toContain(`${name}.svg`);
    const svg = await readFile(join(folder, `${name}.svg`), 'utf8');
    expect(svg).toMatch(/^<svg[^>]*xmlns="http/);
    // In a dark page a drawing brings its dark paper.
    expect(/^<svg[^>]*>/.exec(svg)?.[0]).not.toContain('background');
    const lines = (await readFile(join(folder, `${name}.csv`), 'utf8')).trim().split('\n');
    expect(lines.length).toBeGreaterThan(5);
  }
  for (const name of ['students', 'latency'])
    expect(await readFile(join(folder, `${name}.csv`), 'utf8')).not.toMatch(/NaN|undefined|Infinity/);
});

test('a run of one student still gets its page, which says what is missing', async () => {
  const { html } = await written('tiny-1-gap');
  expect(html).toMatch(/There is no regression for quality/);
});

test('names from outside cannot break the page', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const results = { ...exampleResults('builtin'), title: '<script>alert(1)</script>' };
  const { page } = await writeReport(results, folder);
  expect(await readFile(page, 'utf8')).not.toContain('<script>alert');
});

test.each([
  ['students without latencies', 'builtin', 8],
  ['a teacher without students', 'tiny-1-gap', 0],
])('a run that is not finished gets its page: %s', async (_title, students, count) => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const whole = exampleResults(students);
  const results = { ...whole, latency: undefined, students: whole.students.slice(0, count) };
  const { page } = await writeReport(results, folder);
  const html = await readFile(page, 'utf8');
  expect(html.replace(/<script>.*?<\/script>/gs, '')).not.toMatch(/NaN|undefined|\[object/);
  expect(html).toMatch(/This run is not finished/);
  expect(html).toMatch(/Latency was not measured yet/);
  expect(html).toContain('yamnet (teacher)');
  for (const { name } of results.students) expect(html).toContain(name);
  expect((await readdir(folder)).includes('learning.svg')).toBe(count > 0);
  expect(await readFile(join(folder, 'students.csv'), 'utf8')).not.toContain('NaN');
});

test('a run that was resumed says how often, and what it took beside what was said', async () => {
  const { html } = await written('builtin');
  expect(html).toMatch(/It was started 3 times/);
  expect(html).toMatch(/Stages that were finished took: .*\. Stages that were stopped or killed took 3 min/);
  expect(html).toMatch(/2 of 8 students existed already, 2 made in 60 min, stopped/);
  expect(html).toMatch(
    /2 h 20 min for 8 students with 2 workers was the forecast before the start\. They took 2 h 32 min \(\+8 %\)/,
  );
});

test('students that were added and not measured yet are named as such', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const { latency, ...whole } = exampleResults('builtin');
  const models = latency?.models.filter(({ name }) => name !== whole.students[0].name) ?? [];
  const { page } = await writeReport({ ...whole, latency: latency && { ...latency, models } }, folder);
  expect(await readFile(page, 'utf8')).toMatch(/latency of 1 of 8 students was not measured yet/);
});

test('learning is drawn as loss and as what is explained; results without the latter get neither curve nor column', async () => {
  const { folder, html } = await written('grid');
  expect(await readFile(join(folder, 'learning.csv'), 'utf8')).toMatch(
    /^student,step,validation_loss,explained_percent\n/,
  );
  expect((await readFile(join(folder, 'learning.svg'), 'utf8')).match(/<svg/g)).toHaveLength(3);
  expect(html).toMatch(/explained, points.*explained, %/s);
  expect(html).toMatch(/quantisation-aware training can lower the size here, but not the latency/);

  const whole = exampleResults('grid');
  const students = whole.students.map((student) => {
    const validation = student.training.validation.map(([step, loss]): [number, number] => [step, loss]);
    return { ...student, training: { ...student.training, validation } };
  });
  const without = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const { page } = await writeReport({ ...whole, students }, without);
  expect((await readFile(join(without, 'learning.svg'), 'utf8')).match(/<svg/g)).toHaveLength(1);
  const plain = (await readFile(page, 'utf8')).replace(/<script>.*?<\/script>/gs, '');
  expect(plain).not.toMatch(/NaN|undefined|explained/);
  expect(plain).toMatch(/What size is worth\..*correlation with the logarithm of parameters/);
  expect(await readdir(without)).not.toContain('explained.svg');
});

test('students measured on another device get their own frontier, in one plot and a table', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const results = exampleResults('builtin');
  const { latency } = results;
  if (!latency) throw new Error('the example has latencies');
  // Three times as slow, in the same order.
  const models = latency.models.map((model) => ({
    ...model,
    rounds: model.rounds.map((samples) => samples.map((ms) => 3 * ms)),
    medianMs: 3 * model.medianMs,
    intervalMs: [3 * model.intervalMs[0], 3 * model.intervalMs[1]] as [number, number],
  }));
  const otherDevices = [{ device: 'Phone <1>', latency: { ...latency, models } }];
  const { page, devices } = await writeReport({ ...results, otherDevices }, folder);
  expect(devices.map(({ device }) => device)).toEqual([expect.stringContaining('Node'), 'Phone <1>']);
  expect(devices[1].agreement?.ratio).toBeCloseTo(3, 6);
  expect(devices[1].agreement).toMatchObject({ students: 8, ranks: 1, sharedFrontier: 1 });
  const html = await readFile(page, 'utf8');
  expect(html).toContain('Phone &#60;1&#62;');
  expect(html).toContain('The same students on other devices');
  expect(await readFile(join(folder, 'devices.csv'), 'utf8')).toMatch(/^device,student,latency_ms/);
});

test('latencies that cannot be are told before anything is concluded from them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'frill-report-'));
  const results = exampleResults('builtin');
  const { latency } = results;
  if (!latency) throw new Error('the example has latencies');
  const models = latency.models.flatMap((model) =>
    model.path === 'model'
      ? [
          model,
          { ...model, path: 'audio-to-embedding' as const, intervalMs: [0.01, 0.02] as [number, number] },
        ]
      : [],
  );
  const { page } = await writeReport({ ...results, latency: { ...latency, models } }, folder);
  const { document } = parseHTML(await readFile(page, 'utf8'));
  expect(document.querySelector('header [role=alert]')?.textContent).toMatch(
    /8 of 8 models were measured as faster with the front end/,
  );
});
