/** The playground: hear, compare, teach. */
import type { Embedder } from 'frill-audio';
import { useMemo } from 'preact/hooks';
import { Code } from './code.js';
import { doing, Ears, isListening, problem } from './ears.js';
import { forgetAll, heard } from './heard.js';
import { LogMelView } from './log-mel-view.js';
import { SoundMap } from './map.js';
import { readSound, SOUNDS } from './sounds.js';
import { Teach } from './teach.js';
import { Timeline } from './timeline.js';

export function App({ frill }: { frill: Embedder }) {
  const ears = useMemo(() => new Ears(frill), [frill]);
  return (
    <main
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void ears.hearFiles(event.dataTransfer?.files ?? []);
      }}
    >
      <header>
        <h1>Frill playground</h1>
        <p class="lead">
          Each second of sound becomes {frill.embeddingSize} numbers that know how it sounds: who speaks, in
          what mood, a cough or a kettle. They are computed on this device. No sound leaves it.
        </p>
      </header>
      <Hear ears={ears} />
      <section aria-labelledby="look">
        <h2 id="look">Compare</h2>
        <p>Press a window to hear it again. The others take on colour, the more alike the stronger.</p>
        <Timeline />
        <SoundMap />
      </section>
      <section aria-labelledby="teach">
        <h2 id="teach">Teach it</h2>
        <Teach ears={ears} />
      </section>
      <section aria-labelledby="code">
        <h2 id="code">The same in your app</h2>
        <Code />
      </section>
    </main>
  );
}

function Hear({ ears }: { ears: Ears }) {
  const count = heard.value.length;
  return (
    <section aria-labelledby="hear">
      <h2 id="hear">Hear</h2>
      <div class="row">
        <button
          type="button"
          class="primary"
          aria-pressed={isListening.value}
          onClick={() => void ears.toggleMicrophone()}
        >
          {isListening.value ? 'Stop listening' : 'Listen to the microphone'}
        </button>
        <label class="file">
          Choose files
          <input
            type="file"
            accept="audio/*"
            multiple
            onChange={({ currentTarget }) => void ears.hearFiles(currentTarget.files ?? [])}
          />
        </label>
        <span class="quiet aside">or drop them anywhere</span>
      </div>
      <div class="row sounds">
        <span class="quiet aside">No sound at hand?</span>
        {SOUNDS.map((name) => (
          <button
            key={name}
            type="button"
            class="small"
            onClick={() => void ears.hear(name, () => readSound(name))}
          >
            {name}
          </button>
        ))}
      </div>
      <LogMelView />
      <div class="row below">
        <p role="status" class="quiet aside">
          {doing.value || (count === 0 ? 'Nothing heard yet' : `${count} windows heard, each about a second`)}
        </p>
        {count > 0 && (
          <button type="button" class="small" onClick={forgetAll}>
            Forget everything heard
          </button>
        )}
      </div>
      {problem.value && <p role="alert">{problem.value}</p>}
    </section>
  );
}
