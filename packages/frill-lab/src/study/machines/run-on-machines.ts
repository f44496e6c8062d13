/**
 * A study's students made by other machines: the study's files are packed and served, its students queued, and what machines make
 * comes back into the run's folder. The token is kept with the run, so that machines find it again after the study was started
 * anew.
 */
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type PreparedNames, targetsFolder } from '../../corpus/distillation-data.js';
import { loadTasks } from '../../corpus/tasks.js';
import { featuresFolder } from '../../corpus/window-features.js';
import { contentName } from '../../run/content-name.js';
import { keptToken } from '../../run/token.js';
import { VERSION } from '../../run/version.js';
import { isEveryAddress, parseAddress } from '../../run/web-server.js';
import { removeCheckpoints } from '../../train/checkpoint.js';
import type { MakeWork } from '../runner/pool/student-work.js';
import type { StudySession } from '../runner/steps/stages.js';
import { START } from '../runner/steps/start.js';
import { identityOf, NOTHING, type StudyOptions } from '../runner/study-options.js';
import { serveFiles } from './file-server.js';
import { packTasks } from './packed-tasks.js';
import { type PackedFile, type Parcel, packFolder } from './parcel.js';
import { type QueuedJobs, runQueuedJobs, withoutPassword } from './queued-jobs.js';
import { shareFiles, unshareFiles } from './shared-folder.js';
import { jobSchema } from './student-queue.js';

export interface MachinesStage {
  readonly session: StudySession;
  readonly options: StudyOptions;
  readonly tasksFile: string;
  /** The features and targets that the study has prepared. */
  readonly data: PreparedNames;
}

type Handlers = Pick<QueuedJobs, 'onProgress' | 'onSay' | 'onDone' | 'onFailed' | 'onMachines'>;

/** Makes these students on whatever machines come. Throws InputError where there is no queue, and the signal's reason. */
export async function runOnMachines(
  stage: MachinesStage & { readonly queue: string },
  jobs: readonly { readonly name: string; readonly payload: MakeWork }[],
  handlers: Handlers,
): Promise<void> {
  const { folder, progress, signal } = stage.session;
  progress.say('packing the study for other machines');
  const { parcel, files } = await packStudy(stage);
  const token = await keptToken(folder.file('machines.json'));
  const { host, port } = parseAddress(stage.options.serveOn);
  const server = await serveFiles(
    { parcel, files, token, studentFolder: (name) => folder.studentFolder(name) },
    host,
    port,
  );
  try {
    const shown = isEveryAddress(host) ? hostname() : host;
    const help = `frill study work --queue ${withoutPassword(stage.queue)} --from`;
    progress.say(`other machines help with: ${help} http://${shown}:${server.port}/${token}`);
    if (stage.options.share) {
      await shareFiles(folder.path, parcel, files);
      progress.say(`machines that share this disk help with: ${help} ${resolve(folder.path)}`);
    }
    await runQueuedJobs({
      ...handlers,
      async onDone(name, result) {
        await handlers.onDone(name, result);
        // Machines have sent them; nobody goes on from them any more.
        await removeCheckpoints(join(folder.studentFolder(name), 'training'));
      },
      queue: stage.queue,
      study: parcel.study,
      jobs: jobs.map(({ name, payload }) => ({ name, payload: jobSchema.parse(payload) })),
      signal,
    });
    // A study that is stopped leaves them for its next session.
    if (stage.options.share) await unshareFiles(folder.path);
  } finally {
    await server.close();
  }
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
  const about = {
    format: 1 as const,
    version: VERSION,
    files: files.map(({ hash, bytes, place }) => ({ hash, bytes, place })),
  };
  // Students may be added to a study; what decides how each comes out may not change.
  const study = contentName({ ...about, ...identityOf(options) });
  const parcel: Parcel = { ...about, study };
  return { parcel, files };
}
