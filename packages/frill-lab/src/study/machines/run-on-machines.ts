/**
 * A study's students made by other machines: the study's files are packed and served, its students queued, and what machines make
 * comes back into the run's folder. The token is kept with the run, so that machines find it again after the study was started
 * anew.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { InputError } from 'frill-audio';
import { z } from 'zod';
import { type PreparedNames, targetsFolder } from '../../corpus/distillation-data.js';
import { loadTasks } from '../../corpus/tasks.js';
import { featuresFolder } from '../../corpus/window-features.js';
import { contentName } from '../../run/content-name.js';
import { readJsonIfPresent } from '../../run/json-file.js';
import { VERSION } from '../../run/version.js';
import { writeWhole } from '../../run/whole-file.js';
import { removeCheckpoints } from '../../train/checkpoint.js';
import type { MakeWork } from '../runner/pool/student-work.js';
import type { StudySession } from '../runner/steps/stages.js';
import { identityOf, type StudyOptions } from '../runner/study-options.js';
import { type FileServer, serveFiles } from './file-server.js';
import { packTasks } from './packed-tasks.js';
import { type PackedFile, type Parcel, packFolder } from './parcel.js';
import { type QueuedJobs, runQueuedJobs } from './queued-jobs.js';
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
  const token = await tokenOf(folder.file('machines.json'));
  const { host, port } = addressOf(stage.options.serveOn);
  const server: FileServer = await serveFiles(
    { parcel, files, token, studentFolder: (name) => folder.studentFolder(name) },
    host,
    port,
  );
  try {
    const shown = host === '0.0.0.0' || host === '::' ? hostname() : host;
    progress.say(
      `other machines help with: frill study work --queue ${stage.queue.replace(/:[^:@/]*@/, ':…@')} --from http://${shown}:${server.port}/${token}`,
    );
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

const machinesSchema = z.object({ token: z.string() });

/** The study's token: what the environment says, else the run's own, made once. */
async function tokenOf(file: string): Promise<string> {
  const given = process.env.FRILL_TOKEN;
  if (given) return given;
  const before = await readJsonIfPresent(file, (value) => machinesSchema.parse(value), {
    what: 'the token of this study is damaged',
    remedy: 'Remove the file: a new one is made, and machines need the new address',
  });
  if (before) return before.token;
  const token = randomBytes(16).toString('hex');
  await writeWhole(file, JSON.stringify({ token }));
  return token;
}

/** `HOST:PORT`. */
function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (!host || Number(port) > 65535)
    throw new InputError({
      what: `'${text}' is no address to serve on`,
      where: '--serve-on',
      remedy: 'Write HOST:PORT; 0.0.0.0:7474 lets other machines in, port 0 takes a free one',
    });
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
