/** Models evaluated by other machines, one a job: what comes back is what this process would have found. */
import { availableParallelism } from 'node:os';
import { InputError } from 'frill-audio';
import type { Tasks } from '../../corpus/tasks.js';
import type { Representation } from '../../models/representation.js';
import { type RepresentationResult, representationResultSchema } from '../../noss/results-file.js';
import { contentName } from '../../run/content-name.js';
import type { Progress } from '../../run/progress.js';
import type { OpenSourceOptions, SourceArgument } from '../../train/open-teacher.js';
import { dealOut } from './deal-out.js';
import type { EvaluationJob } from './evaluation-job.js';
import { packSource } from './packed-sources.js';
import { packTasks } from './packed-tasks.js';
import { describeParcel, type PackedFile } from './parcel.js';

/** A model as it was opened here. */
export interface DealtModel {
  readonly argument: SourceArgument;
  readonly opened: Representation;
}

export interface EvaluationsDealing extends Pick<EvaluationJob, 'protocol' | 'conditions'> {
  readonly run: string;
  readonly queue: string;
  readonly serveOn: string;
  readonly share: boolean;
  readonly tasks: Pick<Tasks, 'tasks'>;
  readonly opening: Pick<OpenSourceOptions, 'hopFrames' | 'engine' | 'device'>;
  readonly threads?: number | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called once a model, as each is finished. */
  onResult(result: RepresentationResult): Promise<void>;
}

/** Has the models evaluated. Throws InputError where one could not be, when all others are finished; and as `dealOut` does. */
export async function dealEvaluations(
  models: readonly DealtModel[],
  { tasks, opening, protocol, conditions, onResult, ...dealing }: EvaluationsDealing,
): Promise<void> {
  const { progress, threads = availableParallelism() } = dealing;
  progress.say('packing tasks and models for other machines');
  const files: PackedFile[] = await packTasks({ ...tasks, distillation: [] }, dealing.run);
  const jobs: EvaluationJob[] = [];
  for (const { argument, opened } of models) {
    const { identity } = opened;
    const source = { ...argument, ...opening, identity };
    const { packed: model, files: own } = await packSource(
      source,
      `models/${contentName(identity).slice(0, 16)}`,
    );
    files.push(...own.map((file) => ({ ...file, asked: true as const })));
    const needs = own.map(({ place }) => place);
    const about = { title: opened.name, needs, model, threads, protocol, conditions };
    jobs.push({ kind: 'evaluate', name: `evaluate-${contentName(about).slice(0, 16)}`, ...about });
  }
  const titles = new Map(jobs.map(({ name, title }) => [name, title]));
  const step = progress.start('models by other machines', jobs.length, 'models');
  let done = 0;
  const failed: string[] = [];
  await dealOut(
    {
      ...dealing,
      parcel: describeParcel(onceEach(files), { protocol, conditions }, { device: opening.device ?? 'cpu' }),
      files: onceEach(files),
      jobs,
    },
    {
      onProgress: () => {},
      onMachines: (machines) => step.advance(done, `${machines.length} machines`),
      async onDone(_name, result) {
        await onResult(representationResultSchema.parse(result));
        step.advance(++done);
      },
      async onFailed(name, reason) {
        failed.push(`${titles.get(name)}: ${reason.split('\n')[0]}`);
      },
    },
  );
  step.finish();
  if (failed.length > 0)
    throw new InputError({
      what: `${failed.length} of ${jobs.length} models could not be evaluated: ${failed.join('; ')}`,
      where: dealing.run,
      remedy: 'The results of the others are kept; the same command tries these again',
    });
}

/** Two models of one content are one file. */
function onceEach(files: readonly PackedFile[]): PackedFile[] {
  return [...new Map(files.map((file) => [file.place, file])).values()];
}
