/** Measures in a thread of its own, so that drawing the page is not timed. Ended from outside, it goes on from the rounds sent. */
import { measureInterleaved } from '../../../packages/frill-lab/src/bench/interleaved-rounds.js';
import { clockStep, now, shortestSample, watchCore } from './clock.js';
import type { News, Order } from './messages.js';
import { Server } from './server.js';
import { subjectsFrom } from './subjects.js';

const tell = (news: News) => postMessage(news);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  measure(data).then(
    (report) => tell({ kind: 'done', report }),
    (error: unknown) =>
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});

async function measure({ task, base, id, device }: Order) {
  const server = new Server(base);
  const step = clockStep();
  const report = await measureInterleaved(subjectsFrom(server, task), {
    protocol: { ...task.protocol, shortestSampleMs: shortestSample(step) },
    device,
    measurement: task.measurement,
    watch: watchCore(step),
    clock: now,
    store: await server.rounds(id),
    progress: {
      say: (line) => tell({ kind: 'said', line }),
      start: (title, total) => ({
        advance: (done, what = '') => tell({ kind: 'step', title, done, total, what }),
        finish: () => {},
      }),
    },
  });
  await server.sendReport(id, report);
  return report;
}
