/** Teach it: examples of your own labels, recorded or picked, and the head that they make as a file. */
import { useSignal } from '@preact/signals';
import { loadHead } from 'frill-audio';
import { Answer } from './answer.js';
import { type Ears, isListening } from './ears.js';
import {
  examples,
  FEWEST_EXAMPLES,
  head,
  labels,
  modelName,
  removeExample,
  takeHead,
  teach,
} from './examples-of-labels.js';
import { heard, selected } from './heard.js';
import { play } from './player.js';
import { RECORDED, record, recording } from './recording.js';

export function Teach({ ears }: { ears: Ears }) {
  const name = useSignal('');
  const chosen = selected.value;
  const label = name.value.trim();
  const recordLabel = () => {
    if (!isListening.value) void ears.toggleMicrophone();
    record(label);
  };
  return (
    <>
      <p>
        Give three to ten examples of each of your own labels: record them, or pick windows above. With two
        labels it begins to answer.
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (label && chosen) teach(label, [chosen]);
        }}
      >
        <label>
          Label
          <input
            list="labels"
            value={name.value}
            placeholder="me, my sister, cough, kettle"
            autocomplete="off"
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </label>
        <datalist id="labels">
          {labels.value.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="button" disabled={label === '' || recording.value !== undefined} onClick={recordLabel}>
          Record {RECORDED} examples
        </button>
        <button type="submit" disabled={!chosen || label === ''}>
          Teach with the selected window
        </button>
        <button
          type="button"
          disabled={heard.value.length === 0 || label === ''}
          onClick={() => teach(label, heard.value.slice(-3))}
        >
          Teach with the last three
        </button>
      </form>
      {recording.value && (
        <p role="status">
          Recording {recording.value.label}: {recording.value.left} to go
        </p>
      )}
      {labels.value.map((one) => (
        <ExamplesOf key={one} label={one} />
      ))}
      <Answer />
      <Files />
    </>
  );
}

function ExamplesOf({ label }: { label: string }) {
  const own = examples.value.filter((example) => example.label === label);
  return (
    <fieldset class="examples">
      <legend>
        {label}: {own.length} example{own.length === 1 ? '' : 's'}
        {own.length < FEWEST_EXAMPLES && `, ${FEWEST_EXAMPLES - own.length} more would be good`}
      </legend>
      {own.map((example, index) => {
        const { window } = example;
        const shown = window ? `▶ ${window.time.toFixed(1)} s` : 'loaded';
        return (
          <span key={window?.id ?? `loaded ${index}`} class="example">
            <button
              type="button"
              disabled={!window}
              onClick={() => window && void play(window)}
              aria-label={`${shown}, ${label} ${index + 1}`}
            >
              {shown}
            </button>
            <button
              type="button"
              onClick={() => removeExample(example)}
              aria-label={`× remove ${label} ${index + 1}`}
            >
              ×
            </button>
          </span>
        );
      })}
    </fieldset>
  );
}

/** The head as the library's JSON, out and in. */
function Files() {
  const problem = useSignal('');
  const load = async (file: File | undefined) => {
    problem.value = '';
    if (!file) return;
    try {
      takeHead(loadHead(await file.text(), { model: modelName.value }));
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      <div class="row">
        <button type="button" disabled={!head.value} onClick={save}>
          Save the head
        </button>
        <label class="file">
          Load a head
          <input
            type="file"
            accept="application/json,.json"
            onChange={({ currentTarget }) => void load(currentTarget.files?.[0])}
          />
        </label>
      </div>
      {problem.value && <p role="alert">{problem.value}</p>}
    </>
  );
}

function save(): void {
  const text = JSON.stringify(head.value);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = 'head.json';
  link.click();
  URL.revokeObjectURL(link.href);
}
