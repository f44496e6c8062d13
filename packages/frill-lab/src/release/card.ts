/**
 * The card of a released model, from results alone: whatever was not measured is said to be so.
 *
 * Source: Mitchell et al., "Model Cards for Model Reporting" (2019), for what it says; Hugging Face's model cards for its front matter.
 */
import type { ModelLatency } from '../bench/latency-report.js';
import { engineTitle } from '../models/engines.js';
import { studentName } from '../models/student-config.js';
import { CLEAN } from '../noss/conditions/condition.js';
import type { Evaluation, RepresentationResult } from '../noss/results-file.js';
import { aboutIntervals, scoreWithInterval } from '../noss/table.js';
import type { TaskResult } from '../noss/task-result.js';
import { percent, three, whole } from '../text/format.js';
import type { HistoryRecord } from '../train/history.js';
import { WEIGHTS_FILE } from '../train/network-folder.js';
import type { StudentFile } from '../train/student-folder.js';
import type { CatalogueEntry } from './catalogue.js';
import type { Attribution, SourceShare } from './training-data.js';

export interface CardFacts {
  readonly entry: CatalogueEntry;
  readonly student: StudentFile;
  readonly embeddingSize: number;
  readonly history: readonly HistoryRecord[];
  /** What its training began with in place of random weights. */
  readonly begunWith?: string | undefined;
  readonly data: readonly SourceShare[];
  readonly networks: readonly Attribution[];
  /** This model's own results, and those of others beside it in the same evaluation. */
  readonly own?: RepresentationResult | undefined;
  readonly others: readonly RepresentationResult[];
  /** Protocol of that evaluation. */
  readonly protocol?: Evaluation['protocol'] | undefined;
  /** Latencies of the file that ships, one for each thing that is timed. */
  readonly latency: readonly ModelLatency[];
  /** What it was timed on. */
  readonly processor?: string | undefined;
}

/** The card in markdown. */
export function modelCard(facts: CardFacts): string {
  const { entry, student, embeddingSize, own } = facts;
  const name = `${entry.name}-v${entry.version}`;
  return [
    ...frontMatter(facts),
    `# ${name}`,
    '',
    `Turns windows of 0.975 s of sound into ${embeddingSize} numbers that know how something was said. A ${studentName(student.config)} student of Frill.`,
    '',
    ...section('Intended use', [
      'Features for small classifiers of speech and other human sounds, on the device: emotion, keywords, speakers, languages, coughs and the like,',
      'learnt from a few examples of each class. Also search for similar sounds, and a start for fine-tuning.',
      '',
      '```ts',
      `const frill = await loadEmbedder('${entry.name}');`,
      'const { mean } = await frill.embed(samples, { sampleRate });',
      '```',
    ]),
    ...section('Limits', [
      'It does not transcribe, and it is not made for deciding about people: not for identifying somebody against their will, nor for judging health,',
      'character or truthfulness. What it learnt is as uneven over languages and voices as the data below; measure it on your own before relying on it.',
      'Embeddings of two versions or two models cannot be compared.',
    ]),
    ...section('Files', [
      ...table(
        ['file', 'takes', 'numbers', 'MiB', 'SHA-256'],
        entry.files.map((file) => [
          file.file,
          file.input === 'waveform' ? 'samples' : 'log-mel windows',
          file.form,
          (file.bytes / 2 ** 20).toFixed(2),
          `\`${file.sha256}\``,
        ]),
      ),
      ...(entry.files.some(({ file }) => file === WEIGHTS_FILE)
        ? [
            '',
            `\`${WEIGHTS_FILE}\`, with \`student.json\`, is the network as it was trained. \`frill export --student ${entry.name}\` writes every other form of it,`,
            `float32 and .onnx among them. \`frill distill --start-from ${entry.name}\` and \`frill study run\` let students begin with it.`,
          ]
        : []),
    ]),
    ...section('Training data', trainingData(facts.data)),
    ...section('Method and compute', method(facts)),
    ...section('Evaluation', own ? evaluation(own, facts) : NOT_MEASURED),
    ...section('Conditions', own ? conditions(own, facts.others) : NOT_MEASURED),
    ...section('Differences between groups', own ? groups(own) : NOT_MEASURED),
    ...section('Latency', latency(facts)),
    ...section('Licence', ['Apache-2.0. NOTICE names the networks and recordings that it was made from.']),
  ].join('\n');
}

const NOT_MEASURED = ['Not measured.'];

function section(title: string, lines: readonly string[]): string[] {
  return [`## ${title}`, '', ...lines, ''];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function frontMatter({ entry, data, own }: CardFacts): string[] {
  const text = (value: string) => JSON.stringify(value);
  // Hugging Face takes codes of ISO 639 alone.
  const languages = [...new Set(data.flatMap((share) => share.languages))]
    .filter((tag) => /^[a-z]{2,3}$/.test(tag))
    .sort();
  return [
    '---',
    'license: apache-2.0',
    'library_name: frill-audio',
    'pipeline_tag: feature-extraction',
    'tags: [audio, speech, embedding, on-device, tflite, onnx]',
    ...(languages.length === 0 ? [] : [`language: [${languages.map(text).join(', ')}]`]),
    'model-index:',
    `  - name: ${entry.name}-v${entry.version}`,
    own ? '    results:' : '    results: []',
    ...(own?.tasks ?? []).flatMap(({ task, title, metric, score }) => [
      `      - task: { type: audio-classification, name: ${text(title)} }`,
      `        dataset: { type: ${text(task)}, name: ${text(title)} }`,
      `        metrics: [{ type: ${text(metric)}, value: ${score.toFixed(4)} }]`,
    ]),
    '---',
    '',
  ];
}

function trainingData(data: readonly SourceShare[]): string[] {
  if (data.length === 0) return ['Not stated: the model was packed without the manifest of its training.'];
  const hours = data.reduce((sum, share) => sum + share.hours, 0);
  const clips = data.reduce((sum, share) => sum + share.clips, 0);
  return [
    `${hours.toFixed(1)} hours in ${whole(clips)} clips, as the manifest of the training has them:`,
    '',
    ...table(
      ['source', 'licence', 'hours', 'clips', 'named speakers', 'languages'],
      data.map((share) => [
        share.source,
        share.licence,
        share.hours.toFixed(2),
        whole(share.clips),
        share.speakers === 0 ? '–' : whole(share.speakers),
        share.languages.join(' ') || '–',
      ]),
    ),
  ];
}

function method({ student, history, networks, begunWith }: CardFacts): string[] {
  const { steps, batch } = student.options;
  const windows = typeof steps === 'number' && typeof batch === 'number' ? steps * batch : undefined;
  const speeds = history
    .map(({ examplesPerSecond }) => examplesPerSecond)
    .filter((speed) => speed > 0)
    .sort((a, b) => a - b);
  const median = speeds[Math.floor(speeds.length / 2)];
  const measured = history.filter(({ explained }) => explained !== undefined);
  const shown = measured.filter(
    (_, place) => place % Math.ceil(measured.length / 12) === 0 || place === measured.length - 1,
  );
  return [
    `Distilled by \`frill distill\` (training ${student.training})${windows === undefined ? '' : `: ${whole(windows)} windows in ${whole(Number(steps))} steps`}.`,
    ...(begunWith === undefined
      ? []
      : [
          `It began with the weights of ${begunWith}${student.options.refit === true ? ', whose last layer was first fitted to this teacher by ridge regression' : ''}. The time and the curve below are of this training alone.`,
        ]),
    ...(networks.length === 0
      ? []
      : [
          '',
          'Its teacher is made of hidden layers of:',
          '',
          ...networks.map(({ name, about, licence }) => `- ${name}: ${about} (${licence})`),
        ]),
    ...(median === undefined || windows === undefined
      ? []
      : [
          '',
          `Compute: ${whole(median)} windows a second (median), so about ${three(windows / median / 3600)} hours of one machine's processors.`,
        ]),
    ...(student.validation
      ? [
          '',
          `It predicts ${percent(student.validation.explained)} % of the variance of ${predicted(student)} on ${whole(student.validation.rows)} held-out windows.`,
        ]
      : []),
    ...(shown.length === 0
      ? []
      : [
          '',
          ...table(
            ['step', 'explained, %'],
            shown.map(({ step, explained = Number.NaN }) => [whole(step), percent(explained)]),
          ),
        ]),
    '',
    'All options:',
    '',
    '```json',
    JSON.stringify(student.options),
    '```',
  ];
}

/** Without a head, the embedding itself predicts as many of the first values as it has. */
function predicted({ options, config }: StudentFile): string {
  return options.head === 'none'
    ? `the first ${whole(config.bottleneck)} of its teacher's values`
    : "its teacher's values";
}

function evaluation(own: RepresentationResult, { others, protocol = {} }: CardFacts): string[] {
  const { effort = 'full', hop } = protocol;
  return [
    `By \`frill evaluate --effort ${effort}${hop === undefined ? '' : ` --hop ${hop}`}\`.`,
    'In percent; the probe is chosen on validation clips and scored once on test clips.',
    aboutIntervals(own.tasks),
    '',
    ...table(
      ['', ...own.tasks.map(({ title }) => title), 'mean'],
      [own, ...others].map(({ name, tasks, summary }) => [
        name,
        ...tasks.map(scoreWithInterval),
        percent(summary.score),
      ]),
    ),
  ];
}

function conditions(
  { name, summary, tasks }: RepresentationResult,
  others: readonly RepresentationResult[],
): string[] {
  const changed = (tasks[0]?.conditions ?? []).filter(({ condition }) => condition !== CLEAN);
  if (changed.length === 0) return NOT_MEASURED;
  const rows = [{ name, summary }, ...others];
  return [
    'Points lost on the mean over tasks when test clips alone are changed:',
    '',
    ...table(
      ['', ...changed.map(({ title }) => title)],
      rows.map((row) => [
        row.name,
        ...changed.map(({ condition }) =>
          percent(row.summary.conditions.find((found) => found.condition === condition)?.drop ?? Number.NaN),
        ),
      ]),
    ),
  ];
}

/** Tasks that ask for such a group say by their recalls how evenly it is heard. */
const GROUPS = /language|accent|dialect|sex|gender|\bage\b/i;

function groups({ tasks }: RepresentationResult): string[] {
  const telling = tasks.filter(({ task, title }) => GROUPS.test(`${task} ${title}`));
  if (telling.length === 0) return ['Not measured: no task of the evaluation asks for sex, age or language.'];
  return [
    'Recall of each class, in percent, of the tasks whose classes are such groups. The other tasks have no such labels.',
    ...telling.flatMap((task) => [
      '',
      `${task.title}:`,
      '',
      ...table(['class', 'test clips', 'recall'], recalls(task)),
    ]),
  ];
}

function recalls({ classes, confusion }: TaskResult): string[][] {
  return classes.map((label, place) => {
    const row = confusion[place];
    const clips = row.reduce((sum, count) => sum + count, 0);
    return [label, whole(clips), percent(row[place] / clips)];
  });
}

function latency({ latency: measured, processor }: CardFacts): string[] {
  if (measured.length === 0) return NOT_MEASURED;
  return [
    `One window, one thread, on ${processor ?? 'an unknown processor'}:`,
    '',
    ...table(
      ['', 'engine', 'median, ms', '95 % interval', 'loading, ms'],
      measured.map(({ path, engine, medianMs, intervalMs, coldMs }) => [
        path === 'model' ? 'log-mel to embedding' : 'a second of audio to embedding',
        engineTitle(engine),
        three(medianMs),
        `[${intervalMs.map(three).join(', ')}]`,
        three(coldMs),
      ]),
    ),
  ];
}
