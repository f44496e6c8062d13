/**
 * Work dealt out to other machines: its files are served to them, its jobs queued, and what machines make comes back into the run's
 * folder. The token is kept with the run, so that machines find it again after the run was started anew.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Progress } from '../../run/progress.js';
import { keptToken } from '../../run/token.js';
import { isEveryAddress, parseAddress, type RunningServer } from '../../run/web-server.js';
import { serveFiles } from './file-server.js';
import { jobName, type QueuedJob } from './jobs.js';
import { isHere } from './made-files.js';
import type { PackedFile, Parcel } from './parcel.js';
import { type QueuedJobs, runQueuedJobs, withoutPassword } from './queued-jobs.js';
import { shareFiles, unshareFiles } from './shared-folder.js';

export interface DealtWork {
  /** Folder of the run. */
  readonly run: string;
  /** `redis://HOST` */
  readonly queue: string;
  readonly serveOn: string;
  readonly share: boolean;
  readonly parcel: Parcel;
  readonly files: readonly PackedFile[];
  readonly jobs: readonly QueuedJob[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export type DealingHandlers = Pick<QueuedJobs, 'onProgress' | 'onDone' | 'onFailed' | 'onMachines'>;

/** Has the jobs done by whatever machines come. Throws InputError where there is no queue, and the signal's reason. */
export async function dealOut(work: DealtWork, handlers: DealingHandlers): Promise<void> {
  const { run, queue, parcel, files, progress, signal } = work;
  const token = await keptToken(join(run, 'machines.json'));
  const { host, port } = parseAddress(work.serveOn);
  let server: RunningServer | undefined;
  try {
    await runQueuedJobs({
      ...handlers,
      async onQueued() {
        server = await serveFiles({ parcel, files, token, run }, host, port);
        const shown = isEveryAddress(host) ? hostname() : host;
        const help = `frill study work --queue ${withoutPassword(queue)} --from`;
        progress.say(`other machines help with: ${help} http://${shown}:${server.port}/${token}`);
        if (!work.share) return;
        await shareFiles(run, parcel, files);
        progress.say(`machines that share this disk help with: ${help} ${resolve(run)}`);
      },
      isHere: (name) => isHere(name, run),
      onSay: progress.say,
      queue,
      study: parcel.study,
      jobs: work.jobs.map((payload) => ({ name: jobName(payload), payload })),
      signal,
    });
    // A run that is stopped leaves them for its next session.
    if (work.share) await unshareFiles(run);
  } finally {
    await server?.close();
  }
}
