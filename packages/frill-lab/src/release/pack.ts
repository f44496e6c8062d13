/**
 * A finished student as a released model in a folder of its own:
 *
 *     NAME.tflite, ...     see exported-files.ts; the same student gives the same bytes, so packing again after an evaluation is safe
 *     README.md            the card
 *     LICENSE, NOTICE
 *
 * Results are of the file that ships or are refused: a card never quotes those of another model.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from 'frill-audio';
import { type LatencyReport, latencyReportSchema } from '../bench/latency-report.js';
import type { Where } from '../corpus/tasks-file.js';
import type { Form } from '../export/forms.js';
import { representationFromFile } from '../models/from-file.js';
import { type Evaluation, readEvaluation } from '../noss/results-file.js';
import { contentName } from '../run/content-name.js';
import type { Progress } from '../run/progress.js';
import { writeWhole } from '../run/whole-file.js';
import { readHistory } from '../train/history.js';
import { studentFolders } from '../train/student-folder.js';
import { modelCard } from './card.js';
import { addToCatalogue, type CatalogueEntry, releasedAs } from './catalogue.js';
import { putInDevicePackage } from './device-package.js';
import { type Beside, exportFiles } from './exported-files.js';
import { type Ancestry, ancestryOf, notice, ownAncestry } from './notice.js';
import { declaredNetworks, declaredSources, trainingShares } from './training-data.js';

export interface PackOptions {
  readonly student: string;
  readonly name: string;
  readonly version: number;
  /** The package `frill-models`. */
  readonly models: string;
  /** The device package, where the model is the smallest. */
  readonly device?: string | undefined;
  readonly form: Form;
  readonly beside: readonly Beside[];
  readonly calibration?: Float32Array | undefined;
  readonly manifest?: string | undefined;
  readonly where: Where;
  /** JSON list of the networks that taught it. */
  readonly networks?: string | undefined;
  /** Folder with a declaration of each source of the corpus. */
  readonly sources?: string | undefined;
  /** The `--out` folder of `frill evaluate`. */
  readonly evaluation?: string | undefined;
  /** What `frill bench --json` printed. */
  readonly latency?: string | undefined;
  readonly progress: Progress;
}

/**
 * Packs it. Throws InputError where no student is finished, and where results are unreadable or not of this model; then the lists, by
 * which the model is found, are as they were.
 */
export async function packRelease(options: PackOptions): Promise<CatalogueEntry> {
  const { name, version, models, device, form, beside, calibration, progress } = options;
  const licence = await licenceOf(models);
  const student = await studentFolders.read(options.student);
  const folder = join(models, name);
  const data = options.manifest === undefined ? [] : await trainingShares(options.manifest, options.where);
  const networks = options.networks === undefined ? [] : await declaredNetworks(options.networks);
  const declared = options.sources === undefined ? [] : await declaredSources(options.sources);
  // Before the files are written: it may have begun with an earlier version, which lies there until then.
  const title = `${name}-v${version}, a model of Frill`;
  const ancestry = await ancestryOfTraining(student.provenance.from, { models, folder, title });
  const settings = { name, version, form, beside, progress };
  const { files, shipped } = await exportFiles(
    student,
    folder,
    calibration ? { ...settings, calibration } : settings,
  );
  const entry = { name, version, files };
  const path = join(folder, files[0].file);
  const latency = await latencyOf(options.latency, shipped);
  const card = modelCard({
    entry,
    student,
    data,
    networks,
    history: await readHistory(options.student),
    ...(ancestry && { begunWith: ancestry.begunWith }),
    ...(await resultsOf(options.evaluation, path)),
    ...latency,
  });
  await writeWhole(join(folder, 'README.md'), card);
  await writeWhole(join(folder, NOTICE_FILE), notice(title, networks, data, declared, ancestry));
  await writeWhole(join(folder, 'LICENSE'), licence);
  await addToCatalogue(models, entry);
  if (device !== undefined)
    await putInDevicePackage(device, { name, version, sha256: files[0].sha256 }, shipped);
  return entry;
}

/** The package's; read first, so that a wrong folder is refused before there is anything in it. */
async function licenceOf(models: string): Promise<string> {
  const path = join(models, 'LICENSE');
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({
      what: 'not the folder of the package frill-models: it has no LICENSE',
      where: models,
      remedy: 'Give it with --out, or copy packages/frill-models there',
      cause,
    });
  }
}

/**
 * What a training began with, if it did not begin with random weights: a release by its weights, or, where this very release was
 * packed before and has taken the place of that one, what its NOTICE tells.
 */
async function ancestryOfTraining(
  training: unknown,
  { models, folder, title }: { readonly models: string; readonly folder: string; readonly title: string },
): Promise<Ancestry | undefined> {
  if (typeof training !== 'string') return undefined;
  const release = await releasedAs(models, training);
  const text = await readFile(join(release ? join(models, release.name) : folder, NOTICE_FILE), 'utf8').catch(
    () => '',
  );
  if (release) return ancestryOf(text, `${release.name}, version ${release.version}`);
  return (
    (text.startsWith(title) ? ownAncestry(text) : undefined) ?? {
      begunWith: `training ${training}`,
      sources: [],
    }
  );
}

const NOTICE_FILE = 'NOTICE';

/** The results of the file in a folder of `frill evaluate`, and of what was evaluated beside it. */
async function resultsOf(folder: string | undefined, file: string) {
  const evaluation: Evaluation | undefined = folder === undefined ? undefined : await readEvaluation(folder);
  const hop = evaluation?.protocol.hop;
  const model = await representationFromFile(file, {
    engine: 'device',
    ...(typeof hop === 'number' ? { hopFrames: hop } : {}),
  });
  model.close();
  const embeddingSize = model.dimension;
  if (evaluation === undefined) return { embeddingSize, others: [] };
  const own = evaluation.representations.find(({ identity }) => identity === model.identity);
  if (own === undefined)
    throw new InputError({
      what: `no results of the model that was packed; there are those of ${evaluation.representations.map(({ name }) => name).join(', ')}`,
      where: folder,
      remedy: `Evaluate this very file: frill evaluate --model ${file} --out ${folder}`,
    });
  const others = evaluation.representations.filter((other) => other !== own);
  return { embeddingSize, own, others, protocol: evaluation.protocol };
}

/** The measurements of the file that ships. */
async function latencyOf(path: string | undefined, shipped: Uint8Array) {
  if (path === undefined) return { latency: [] };
  let report: LatencyReport;
  try {
    report = latencyReportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new InputError({
      what: 'no report of latency',
      where: path,
      remedy: 'Give what `frill bench --json` printed',
      cause,
    });
  }
  const content = contentName(shipped);
  const latency = report.models.filter((measured) => measured.content === content);
  if (latency.length === 0)
    throw new InputError({
      what: 'no latency of the model that was packed',
      where: path,
      remedy: 'Measure this very file with `frill bench --json`',
    });
  return { latency, processor: report.device.processor };
}
