/** The server that this page came from: the task, models, and what is sent back. A connection that breaks is tried again. */
import type { LatencyReport } from '../../../packages/frill-lab/src/bench/latency-report.js';
import type { RoundRecord, RoundStore } from '../../../packages/frill-lab/src/bench/round-store.js';
import type { ServedTask } from '../../../packages/frill-lab/src/bench/served/task.js';

/** Waiting before each further try, in seconds. */
const PAUSES = [0.5, 1, 2, 4, 8];

export class Server {
  constructor(private readonly base: string) {}

  async task(): Promise<ServedTask> {
    return (await this.#ask('task')).json();
  }

  async model(content: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask(`models/${content}`)).arrayBuffer());
  }

  /** Rounds that this device has sent, and where it sends more. */
  async rounds(id: string): Promise<RoundStore> {
    const kept: RoundRecord[] = await (await this.#ask(`devices/${id}/rounds`)).json();
    return { kept, add: async (record) => void (await this.#send(`devices/${id}/rounds`, record)) };
  }

  async sendReport(id: string, report: LatencyReport): Promise<void> {
    await this.#send(`devices/${id}/report`, report);
  }

  /** Where the files of LiteRT.js are. */
  get litert(): string {
    return new URL('litert/', this.base).href;
  }

  #send(path: string, value: unknown): Promise<Response> {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(value) });
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(new URL(path, this.base), init).catch(() => undefined);
      if (response?.ok) return response;
      // The server has answered, and will answer the same again.
      if (response && response.status < 500)
        throw new Error(`The server refuses this: ${(await response.text()) || `status ${response.status}`}`);
      if (attempt === PAUSES.length)
        throw new Error('The server cannot be reached. Is it still running, and this device in its network?');
      await new Promise((resolve) => setTimeout(resolve, 1000 * PAUSES[attempt]));
    }
  }
}
