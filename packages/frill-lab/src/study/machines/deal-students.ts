/** A study's students made by other machines. */
import { basename, join } from 'node:path';
import { type PreparedNames, targetsFolder } from '../../corpus/distillation-data.js';
import { loadTasks } from '../../corpus/tasks.js';
import { featuresFolder } from '../../corpus/window-features.js';
import { removeCheckpoints } from '../../train/checkpoint.js';
import type { MakeWork } from '../runner/pool/student-work.js';
import type { StudySession } from '../runner/steps/stages.js';
import { START } from '../runner/steps/start.js';
import { identityOf, NOTHING, type StudyOptions } from '../runner/study-options.js';
import { type DealingHandlers, dealOut } from './deal-out.js';
import { jobSchema } from './jobs.js';
import { packTasks } from './packed-tasks.js';
import { describeParcel, type PackedFile, packFolder } from './parcel.js';

export interface MachinesStage {
  readonly session: StudySession;
  readonly options: StudyOptions;
  readonly tasksFile: string;
  /** The features and targets that the study has prepared. */
  readonly data: PreparedNames;
}

/** Makes these students on whatever machines come. Throws as `dealOut` does. */
export async function dealStudents(
  stage: MachinesStage & { readonly queue: string },
  jobs: readonly MakeWork[],
  handlers: DealingHandlers,
): Promise<void> {
  const { session, options, queue } = stage;
  const { folder, progress, signal } = session;
  progress.say('packing the study for other machines');
  const files = await packStudy(stage);
  // Students may be added to a study; what decides how each comes out may not change.
  const parcel = describeParcel(files, identityOf(options), { device: options.device });
  const { serveOn, share } = options;
  await dealOut(
    {
      ...{ run: folder.path, queue, serveOn, share, parcel, files, progress, signal },
      jobs: jobs.map((payload) => jobSchema.parse(payload)),
    },
    {
      ...handlers,
      async onDone(name, result) {
        await handlers.onDone(name, result);
        // Machines have sent them; nobody goes on from them any more.
        await removeCheckpoints(join(folder.studentFolder(name), 'training'));
      },
    },
  );
}

async function packStudy({ session: { folder }, options, tasksFile, data }: MachinesStage) {
  const tasks = await loadTasks(tasksFile, { strict: options.strict });
  const files: PackedFile[] = await packTasks(tasks, folder.path);
  for (const matrix of [
    featuresFolder(options.cache, data.features),
    targetsFolder(options.cache, data.targets),
  ])
    files.push(...(await packFolder(matrix, `cache/${basename(matrix)}`)));
  if (options.startFrom !== undefined && options.startFrom !== NOTHING)
    files.push(...(await packFolder(folder.file(START), START)));
  return files;
}
