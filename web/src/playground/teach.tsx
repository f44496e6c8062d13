/** Teach it: examples of your own labels, the answer as you speak, corrections, and the head as a file. */
import { useSignal } from '@preact/signals';
import { loadHead } from 'frill-audio';
import {
  correct,
  examples,
  FEWEST_EXAMPLES,
  head,
  labels,
  loaded,
  modelName,
  removeExample,
  teach,
} from './examples-of-labels.js';
import { type Heard, heard, selected } from './heard.js';
import { play } from './player.js';

export function Teach() {
  const name = useSignal('');
  const problem = useSignal('');
  const chosen = selected.value;
  const add = (event: Event) => {
    event.preventDefault();
    const label = name.value.trim();
    if (label && chosen) teach(label, [chosen]);
  };
  return (
    <>
      <form class="row" onSubmit={add}>
        <label>
          Label
          <input
            list="labels"
            value={name.value}
            placeholder="me, my sister, cough, kettle"
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </label>
        <datalist id="labels">
          {labels.value.map((label) => (
            <option key={label} value={label} />
          ))}
        </datalist>
        <button type="submit" disabled={!chosen || name.value.trim() === ''}>
          Teach with the selected window
        </button>
        <button
          type="button"
          disabled={heard.value.length === 0 || name.value.trim() === ''}
          onClick={() => teach(name.value.trim(), heard.value.slice(-3))}
        >
          With the last three
        </button>
      </form>
      <p class="quiet">
        Three to ten examples of each label are enough. Select windows in the timeline or the map.
      </p>
      {labels.value.map((label) => (
        <ExamplesOf key={label} label={label} />
      ))}
      <Answer />
      <div class="row">
        <button type="button" disabled={!head.value} onClick={save}>
          Save the head
        </button>
        <label class="file">
          Load a head
          <input
            type="file"
            accept="application/json,.json"
            onChange={async ({ currentTarget }) => {
              problem.value = '';
              const [file] = currentTarget.files ?? [];
              if (!file) return;
              try {
                loaded.value = loadHead(await file.text(), { model: modelName.value });
                examples.value = [];
              } catch (error) {
                problem.value = error instanceof Error ? error.message : String(error);
              }
            }}
          />
        </label>
      </div>
      {problem.value && <p role="alert">{problem.value}</p>}
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
      {own.map((example, index) => (
        <span key={example.window.id} class="example">
          <button
            type="button"
            onClick={() => void play(example.window)}
            aria-label={`▶ ${example.window.time.toFixed(1)} s, ${label} ${index + 1}`}
          >
            ▶ {example.window.time.toFixed(1)} s
          </button>
          <button
            type="button"
            onClick={() => removeExample(example)}
            aria-label={`× remove ${label} ${index + 1}`}
          >
            ×
          </button>
        </span>
      ))}
    </fieldset>
  );
}

/** What the head says of the newest window, and what it should have said. */
function Answer() {
  const fitted = head.value;
  const newest: Heard | undefined = heard.value.at(-1);
  if (!fitted) return <p class="quiet">With examples of two labels it begins to answer.</p>;
  if (!newest) return <p class="quiet">It knows {fitted.labels.join(', ')}. Let it hear something.</p>;
  const { label, probability, probabilities } = fitted.predict(newest.embedding);
  return (
    <div class="answer">
      <p role="status" class="said">
        <strong>{label}</strong> <span class="quiet">{(100 * probability).toFixed(0)} % certain</span>
      </p>
      <ul class="bars">
        {fitted.labels.map((one) => (
          <li key={one}>
            <span>{one}</span>
            <meter min={0} max={1} value={probabilities[one]} aria-label={`Certainty of ${one}`} />
          </li>
        ))}
      </ul>
      <label>
        Wrong? It was{' '}
        <select
          value=""
          onChange={({ currentTarget }) => {
            if (currentTarget.value) correct(newest, currentTarget.value);
          }}
        >
          <option value="">choose</option>
          {fitted.labels.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
    </div>
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
