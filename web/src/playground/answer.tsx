/** What the head says of the newest window, how certain it is, and what it should have said. */
import { answer, correct, head, isOneOfThem, labels, SOMETHING_ELSE } from './examples-of-labels.js';

const NONE = 'none of these';

export function Answer() {
  const fitted = head.value;
  if (!fitted) return null;
  const now = answer.value;
  if (!now) return <p class="quiet">It knows {fitted.labels.join(', ')}. Let it hear something.</p>;
  const { window, prediction } = now;
  const { label, probability, probabilities } = prediction;
  const percent = (100 * probability).toFixed(0);
  const isOne = isOneOfThem(prediction);
  return (
    <div class="answer">
      <p role="status" class="said">
        <strong>{isOne ? label : NONE}</strong>{' '}
        <span class="quiet">
          {isOne ? `${percent} % certain` : label === SOMETHING_ELSE ? '' : `least unlike ${label}`}
        </span>
      </p>
      <ul class="bars">
        {fitted.labels.map((one) => (
          <li key={one}>
            <span>{one}</span>
            <meter
              class={isOne ? '' : 'unsure'}
              min={0}
              max={1}
              value={probabilities[one]}
              aria-label={`Certainty of ${one}`}
            />
          </li>
        ))}
      </ul>
      <label>
        Wrong? It was
        <select
          value=""
          onChange={({ currentTarget }) => {
            if (currentTarget.value) correct(window, currentTarget.value);
            currentTarget.value = '';
          }}
        >
          <option value="">choose</option>
          {labels.value
            .filter((one) => one !== SOMETHING_ELSE)
            .map((one) => (
              <option key={one}>{one}</option>
            ))}
          <option value={SOMETHING_ELSE}>{NONE}</option>
        </select>
      </label>
    </div>
  );
}
