/** The page that measures this device: what it will do, how far it is, what it noticed, what it found. */
import { useSignal } from '@preact/signals';
import type { LatencyReport } from '../../../packages/frill-lab/src/bench/latency-report.js';
import { type ServedTask, subjectsOf } from '../../../packages/frill-lab/src/bench/served/task.js';
import { guessName } from './describe.js';
import { awakeBy, hasBegun, measure, noticed, state, step } from './measuring.js';

/** Seconds of one measurement beside its shortest time: loading, settling, looking at the core. */
const OVERHEAD = 0.25;

export function Page({ task }: { task: ServedTask }) {
  const name = useSignal(guessName());
  const now = state.value;
  const start = () => void measure(task, name.value);
  return (
    <main>
      <header>
        <h1>Measure this device</h1>
        <p class="lead">{whatItDoes(task)}</p>
      </header>
      {(now.kind === 'ready' || now.kind === 'failed') && (
        <section>
          <p>
            Keep this page in front and leave the device alone meanwhile, away from the sun and, better, off
            the charger. If you must leave, come back to this page: it goes on where it was.
          </p>
          <div class="row">
            <label>
              What is this device called?
              <input
                value={name.value}
                maxLength={60}
                placeholder="Pixel 8"
                onInput={({ currentTarget }) => {
                  name.value = currentTarget.value;
                }}
              />
            </label>
            <button type="button" class="primary" onClick={start}>
              {now.kind === 'failed' || hasBegun(task) ? 'Go on' : 'Start'}
            </button>
          </div>
          {now.kind === 'failed' && <p role="alert">{now.message}</p>}
        </section>
      )}
      {now.kind === 'away' && <p role="status">Paused, because this page is not in front.</p>}
      {now.kind === 'measuring' && <Progress />}
      {now.kind === 'done' && <Found report={now.report} />}
      {now.kind !== 'done' && <ModelsOf task={task} />}
    </main>
  );
}

function whatItDoes(task: ServedTask): string {
  const subjects = subjectsOf(task).length;
  const { rounds, warmupSeconds, secondsPerRound } = task.protocol;
  const seconds = (subjects + 1) * (warmupSeconds + OVERHEAD + rounds * (secondsPerRound + OVERHEAD));
  const minutes = Math.ceil(seconds / 60);
  const models = task.models.length;
  return `${models === 1 ? 'One model runs' : `${models} models run`} on it, in this browser, in ${rounds} rounds: about ${minutes === 1 ? 'a minute' : `${minutes} minutes`}. The times go to the computer that showed you this address, and nowhere else.`;
}

function Progress() {
  const { title, done, total, what } = step.value ?? { title: 'loading', done: 0, total: 1, what: '' };
  return (
    <section aria-labelledby="progress">
      <h2 id="progress">Measuring</h2>
      <progress value={done} max={total} aria-label="Measurements made" />
      <p class="quiet">
        {title}, {done} of {total}
        {what && `: ${what}`}
      </p>
      {awakeBy.value === 'nothing' && (
        <p>
          This browser does not let the page keep the screen on. Set the screen to stay on, or touch it at
          times.
        </p>
      )}
      <Noticed />
    </section>
  );
}

/** Slowing down is told as it happens. */
function Noticed() {
  const lines = noticed.value.slice(-4);
  return (
    <div role="log" aria-label="What was noticed">
      {lines.map((line) => (
        <p key={line} class="quiet">
          {line}
        </p>
      ))}
    </div>
  );
}

function Found({ report }: { report: LatencyReport }) {
  const { models, disturbance } = report;
  const worst = disturbance?.slowdown.worst ?? 1;
  return (
    <section aria-labelledby="found">
      <h2 id="found">Done, and sent</h2>
      <p>
        {worst > 1.1
          ? `The device was at times ${worst.toFixed(2)} times as slow as at its best; ${disturbance?.disturbed} of ${disturbance?.measurements} measurements could not be had undisturbed.`
          : 'The device kept its speed all the time.'}{' '}
        You may close this page.
      </p>
      {/* It scrolls sideways on a narrow screen, so the keyboard must reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region */}
      <section class="scroll" tabIndex={0} aria-label="Milliseconds an inference">
        <table>
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col">from</th>
              <th scope="col">ms</th>
              <th scope="col">95 % interval</th>
            </tr>
          </thead>
          <tbody>
            {models.map(({ name, path, medianMs, intervalMs }) => (
              <tr key={`${name} ${path}`}>
                <th scope="row">{name}</th>
                <td>{path === 'model' ? 'log-mel' : 'audio'}</td>
                <td>{medianMs.toPrecision(3)}</td>
                <td>{intervalMs.map((end) => end.toPrecision(3)).join(' to ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function ModelsOf({ task: { models } }: { task: ServedTask }) {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return (
    <details>
      <summary>
        {models.length === 1 ? 'The model' : `The ${models.length} models`},{' '}
        {mib(models.reduce((sum, { bytes }) => sum + bytes, 0))}
      </summary>
      <ul class="quiet">
        {models.map(({ name, content, bytes, engine }) => (
          <li key={content}>
            {name}, {mib(bytes)}
            {engine === 'litert' && ', in LiteRT.js'}
          </li>
        ))}
      </ul>
    </details>
  );
}
