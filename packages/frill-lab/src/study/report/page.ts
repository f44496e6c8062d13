/** The page: one file, nothing fetched. It reads like the blog post: what came out, task by task, the frontier, what costs what. */
import type { LatencyReport } from '../../bench/latency-report.js';
import { invalidity } from '../../bench/validity.js';
import { escaped, time, whole } from '../../text/format.js';
import { type Sheet, sheetHtml } from '../../text/sheet.js';
import type { Analysis } from '../analysis.js';
import { type DeviceFrontier, deviceName } from '../device-frontiers.js';
import type { StudyResults } from '../records.js';
import { formsSentence, pairsCaption, pairsSheet, weightsSheet } from './choices.js';
import { devicesSheet } from './devices-figure.js';
import { EXPLORER_STYLE, explorerMarkup } from './explorer.js';
import { explorerData } from './explorer-data.js';
import { type Figure, NARROW, WIDE } from './figure.js';
import { headline } from './headline.js';
import { limits } from './limits.js';
import { day, madeWith, sessionLines, stagesSentence } from './making.js';
import { SORTING, STYLE } from './style.js';
import {
  allStudentsTable,
  extremesSheet,
  findingsTable,
  frontierSheet,
  latencyTable,
  taskTable,
} from './tables.js';

export function reportPage(
  results: StudyResults,
  analysis: Analysis,
  figures: readonly Figure[],
  devices: readonly DeviceFrontier[],
): string {
  const { title, lead, facts } = headline(results, analysis);
  const { provenance, corpus, latency } = results;
  const figure = (name: string) => {
    const found = figures.find((item) => item.name === name);
    return found ? figureMarkup(found) : '';
  };
  const heading = (name: string, instead: string) =>
    figures.find((item) => item.name === name)?.title ?? instead;
  const latencySection = (latency: LatencyReport) =>
    `<section><h2>${heading('size', 'Size against latency')}</h2>${figure('size')}</section>
    <section><h2>Latency in full</h2><p>Milliseconds at batch 1, ${latency.protocol.threads === 1 ? 'one thread' : `${latency.protocol.threads} threads`}, ${latency.protocol.rounds} interleaved rounds: loading the file, the
    first inference, and the steady state. “Audio” includes the front end.</p>${latencyTable(latency, analysis)}</section>`;
  const devicesSection = ({ otherDevices }: StudyResults) =>
    `<section><h2>${heading('devices', '')}</h2>${figure('devices')}${sheet(devicesSheet(devices))}${otherDevices
      .flatMap(({ device, latency }) =>
        invalidity(latency).map(
          (reason) =>
            `<p class="invalid"><strong>${escaped(device)}: not valid.</strong> ${escaped(reason)}</p>`,
        ),
      )
      .join('')}</section>`;
  const explored = explorerData(results, latency ? deviceName(latency) : '');
  const sections = [
    `<header><h1>${escaped(title)}</h1>
    <p class="when">${day(provenance.finished)} · ${escaped(corpus.name)}, ${whole(corpus.clips)} clips · ${time(provenance.seconds)} on ${provenance.device.cores} cores</p>
    ${validity(latency)}<p class="lead">${lead}</p>
    <dl class="facts">${facts.map(({ value, unit, label }) => `<div><dd>${value}<small>${unit}</small></dd><dt>${escaped(label)}</dt></div>`).join('')}</dl></header>`,
    `<section><h2>${heading('frontier', 'The frontier')}</h2>${latency ? `${figure('frontier')}${sheetHtml(frontierSheet(analysis))}` : ''}${notMeasured(analysis)}</section>`,
    `<section><h2>${heading('tasks', 'Task by task')}</h2>${figure('tasks')}${taskTable(results, analysis)}
    <p>Embeddings are averaged over time; a probe and its normalisation are chosen on the validation side and scored once on the test side.
    Small figures are 95 % intervals. The best student of the table is bold.</p></section>`,
    `<section><h2>${heading('effects', 'Which choice costs what')}</h2>${figure('effects')}${sheet(weightsSheet(analysis))}
    ${pairsSection(results, analysis)}
    <h3>What the post found</h3><p>The post's own findings, and whether this run agrees. If an interval allows both, the verdict is “cannot tell”.</p>${findingsTable(results, analysis)}</section>`,
    latency && latencySection(latency),
    explored &&
      `<section><h2>Explore</h2><p>Choose a task, a device, a limit, and which students count. The frontier is drawn for the students that are shown.</p>${explorerMarkup(explored)}</section>`,
    devices.length > 1 && devicesSection(results),
    results.students.length > 0 &&
      `<section><h2>${heading('learning', 'How far the students had come')}</h2>${figure('learning')}
      ${['explained', 'capacity'].map((name) => (figure(name) ? `<h3>${heading(name, '')}</h3>${figure(name)}` : '')).join('')}</section>`,
    `<section><h2>What this run cannot show</h2><ul>${limits(results, analysis)
      .map(({ title, text }) => `<li>${title && `<strong>${escaped(title)}</strong> `}${escaped(text)}</li>`)
      .join('')}</ul></section>`,
    results.students.length > 0 &&
      `<section><h2>All ${results.students.length} students</h2>${sheet(extremesSheet(analysis))}${allStudentsTable(analysis)}<p>As a file: <a href="students.csv">students.csv</a>.</p></section>`,
    `<section><h2>How it was made</h2><pre><code>${escaped(provenance.command)}</code></pre><dl class="run">${madeWith(
      results,
    )
      .map(
        ({ term, value, isCode }) =>
          `<dt>${term}</dt><dd>${isCode ? `<code>${escaped(value)}</code>` : escaped(value)}</dd>`,
      )
      .join('')}</dl>
    ${sessionList(results)}<p>${escaped(stagesSentence(results))}. Each plot is also an SVG file beside this page, with its data as CSV. All numbers are in results.json.</p></section>`,
    `<footer>Made by frill ${escaped(provenance.version)}, after “FRILL: on-device speech representations using TensorFlow Lite” (Google AI blog, 2021) and Peplinski et al., Interspeech 2021.</footer>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}${explored ? EXPLORER_STYLE : ''}</style></head>
<body><main>${sections.filter((section) => section).join('\n')}</main><script>${SORTING}</script></body></html>
`;
}

/** Students without a latency are on no frontier; a report of an unfinished run says so. */
function notMeasured({ rows }: Analysis): string {
  const missing = rows.filter(({ latencyMs }) => !Number.isFinite(latencyMs)).length;
  if (rows.length > 0 && missing === 0) return '';
  const who = missing === rows.length ? 'Latency' : `The latency of ${missing} of ${rows.length} students`;
  return `<p>${who} was not measured yet. All students are measured together when they are trained, so that changes of the machine's speed affect all alike.</p>`;
}

/** A run that was stopped or killed and resumed says so. */
function sessionList(results: StudyResults): string {
  const lines = sessionLines(results);
  if (lines.length < 2) return '';
  return `<p>It was started ${lines.length} times. Each session resumed the work of the one before.</p><ol>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ol>`;
}

function sheet(found: Sheet | undefined): string {
  return found ? sheetHtml(found) : '';
}

/** What each choice costs over matched pairs, and whether quantised files are worth having. */
function pairsSection({ latency }: StudyResults, analysis: Analysis): string {
  const pairs = pairsSheet(analysis);
  if (!pairs) return '';
  return `<h3>Other things equal</h3><p>${escaped(pairsCaption(analysis))} <a href="pairs.csv">CSV</a>.</p>${sheetHtml(pairs)}<p>${formsSentence(analysis, latency)}</p>`;
}

/** Latencies that cannot be believed are told before anything is concluded from them. */
function validity(latency: LatencyReport | undefined): string {
  const reasons = latency ? invalidity(latency) : [];
  return reasons.length === 0
    ? ''
    : `<p class="invalid" role="alert"><strong>The latencies of this report are not valid.</strong> ${escaped(reasons.join(' '))}</p>`;
}

function figureMarkup(figure: Figure): string {
  const drawing = (width: number, name: string) =>
    `<div class="${name}" role="img" aria-label="${escaped(figure.title)}">${figure.draw(width)}</div>`;
  return `<figure>${drawing(WIDE, 'wide')}${drawing(NARROW, 'narrow')}<figcaption>${escaped(figure.caption)} <a href="${figure.name}.svg">SVG</a>, <a href="${figure.name}.csv">CSV</a>.</figcaption></figure>`;
}
