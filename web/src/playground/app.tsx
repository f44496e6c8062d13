/** The playground: hear, look, teach. */
import { useSignal } from '@preact/signals';
import { type Embedder, FrillError } from 'frill-audio';
import { useRef } from 'preact/hooks';
import { Code } from './code.js';
import { readFile } from './files.js';
import { forgetAll, heard } from './heard.js';
import { listen } from './listening.js';
import { LogMelView } from './log-mel-view.js';
import { SoundMap } from './map.js';
import { openMicrophone } from './microphone.js';
import { Teach } from './teach.js';
import { Timeline } from './timeline.js';

export function App({ frill }: { frill: Embedder }) {
  const problem = useSignal('');
  const doing = useSignal('');
  const microphone = useRef<AbortController | undefined>(undefined);
  const isListening = useSignal(false);

  const during = async (what: string, work: () => Promise<unknown>) => {
    problem.value = '';
    doing.value = what;
    try {
      await work();
    } catch (error) {
      problem.value = explain(error);
    }
    doing.value = '';
  };
  const hearFiles = (files: Iterable<File>) =>
    during('Reading', async () => {
      for (const file of files) {
        doing.value = `Reading ${file.name}`;
        await listen(frill, await readFile(file));
      }
    });
  const toggleMicrophone = async () => {
    if (isListening.value) return microphone.current?.abort();
    microphone.current = new AbortController();
    isListening.value = true;
    const { signal } = microphone.current;
    await during('Listening', async () => listen(frill, await openMicrophone(signal)));
    isListening.value = false;
  };

  return (
    <main
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void hearFiles(event.dataTransfer?.files ?? []);
      }}
    >
      <header>
        <h1>Frill playground</h1>
        <p class="lead">
          Each second of sound becomes {frill.embeddingSize} numbers that know how it sounds: who speaks, in
          what mood, a cough or a kettle. It is computed on this device. No sound leaves it.
        </p>
      </header>
      <section aria-labelledby="hear">
        <h2 id="hear">Hear</h2>
        <div class="row">
          <button
            type="button"
            class="primary"
            aria-pressed={isListening.value}
            onClick={() => void toggleMicrophone()}
          >
            {isListening.value ? 'Stop listening' : 'Listen to the microphone'}
          </button>
          <label class="file">
            Choose files
            <input
              type="file"
              accept="audio/*"
              multiple
              onChange={({ currentTarget }) => void hearFiles(currentTarget.files ?? [])}
            />
          </label>
          <span class="quiet">or drop them anywhere</span>
          <button type="button" disabled={heard.value.length === 0} onClick={forgetAll}>
            Forget everything heard
          </button>
        </div>
        <p role="status" class="quiet">
          {doing.value || `${heard.value.length} windows heard`}
        </p>
        {problem.value && <p role="alert">{problem.value}</p>}
        <LogMelView />
      </section>
      <section aria-labelledby="look">
        <h2 id="look">Compare</h2>
        <p>Press a window to hear it. The others are coloured by how alike they are to it.</p>
        <Timeline />
        <SoundMap />
      </section>
      <section aria-labelledby="teach">
        <h2 id="teach">Teach it</h2>
        <Teach />
      </section>
      <section aria-labelledby="code">
        <h2 id="code">The same in your app</h2>
        <Code />
      </section>
    </main>
  );
}

function explain(error: unknown): string {
  if (error instanceof FrillError) return error.message;
  if (error instanceof DOMException && error.name === 'NotAllowedError')
    return 'The microphone was not allowed. Allow it in the settings of this page, and press again.';
  if (error instanceof DOMException && error.name === 'NotFoundError')
    return 'There is no microphone. Connect one, or choose files.';
  return error instanceof Error ? error.message : String(error);
}
