/** The models of a task as subjects of the latency protocol in this browser. */
import { FRILL_FRONTEND, loadModel, WindowModel } from 'frill-audio';
import { liteRt } from 'frill-audio/litert';
import type { ServedModel, ServedTask } from '../../../packages/frill-lab/src/bench/served/task.js';
import type { Subject } from '../../../packages/frill-lab/src/bench/timed-runs.js';
import { windowSubjects } from '../../../packages/frill-lab/src/bench/window-subjects.js';
import type { Server } from './server.js';

/** Models that are kept at hand; a phone has not much more memory for a page. */
const MOST_BYTES = 2 ** 28;

/** Subjects in the order of the task. Fetching a model is not timed; opening its bytes is. */
export function subjectsFrom(server: Server, { models }: ServedTask): Subject[] {
  const files = new FilesAtHand(server);
  return models.flatMap((model) => {
    const { name, content, kind, engine } = model;
    const subjects = windowSubjects({ name, content, engine }, kind, async () => {
      const opened = await loadModel(
        files.get(model),
        engine === 'litert' ? { runtime: liteRt({ runtimeFiles: server.litert }) } : {},
      );
      const frontend = opened.metadata?.frontend ?? FRILL_FRONTEND;
      return { model: new WindowModel(opened, frontend), frontend, close: () => opened.close() };
    });
    return subjects.map((subject) => ({ ...subject, prepare: () => files.bring(model) }));
  });
}

/** The files that were used last. */
class FilesAtHand {
  readonly #files = new Map<string, Uint8Array>();
  constructor(private readonly server: Server) {}

  async bring({ content }: ServedModel): Promise<void> {
    const bytes = this.#files.get(content) ?? (await this.server.model(content));
    this.#files.delete(content);
    this.#files.set(content, bytes);
    let held = 0;
    for (const file of this.#files.values()) held += file.length;
    for (const [oldest, file] of this.#files) {
      if (held <= MOST_BYTES || oldest === content) break;
      this.#files.delete(oldest);
      held -= file.length;
    }
  }

  get({ name, content }: ServedModel): Uint8Array {
    const bytes = this.#files.get(content);
    if (!bytes) throw new Error(`${name} was not brought`);
    return bytes;
  }
}
