/**
 * A training from an empty folder to a finished network in it, whatever is trained. The folder belongs to one process while it lasts;
 * a network that the same job has finished there is returned as it is, and checkpoints go once the network is written.
 */
import { InputError } from 'frill-audio';
import { lockFolder } from '../run/lock.js';
import { type Checkpoint, removeCheckpoints } from './checkpoint.js';
import { type HistoryRecord, readHistory } from './history.js';
import type { Finished, NetworkFile, NetworkFolders } from './network-folder.js';
import { runTraining, type Trainee, type TrainingRun } from './training-run.js';

export interface TrainingJob<File extends NetworkFile, T extends Trainee> extends TrainingRun {
  readonly folders: NetworkFolders<File>;
  /** The trainee, new or as it was at a checkpoint. */
  start(checkpoint: Checkpoint | undefined): Promise<T>;
  /** What a trainee at its end has become. */
  finish(trainee: T): Finished<File>;
}

/**
 * Trains, or goes on where an interrupted run of the same job stopped. Throws InputError where the folder is in use or holds
 * another job, and what `runTraining` throws.
 */
export async function trainInFolder<File extends NetworkFile, T extends Trainee>(
  job: TrainingJob<File, T>,
): Promise<{ readonly network: Finished<File>; readonly history: readonly HistoryRecord[] }> {
  const { folder, folders, name } = job;
  const release = await lockFolder(folder);
  try {
    const finished = await folders.find(folder);
    if (finished && finished.training !== name)
      throw new InputError({
        what: `the folder holds another ${folders.kind} (${finished.name}, or other options or data)`,
        where: folder,
        remedy: 'Choose another folder, or remove this one to start again',
      });
    if (finished) return { network: finished, history: await readHistory(folder) };
    const { trainee, history } = await runTraining(job, job.start);
    const network = job.finish(trainee);
    await folders.write(folder, network);
    await trainee.close();
    await removeCheckpoints(folder);
    return { network, history };
  } finally {
    await release();
  }
}
