/**
 * Every window in the order it was heard, coloured by how alike it is to the selected one, with what the head says of it once there
 * is one. A press selects and plays it.
 */
import { head, isOneOfThem } from './examples-of-labels.js';
import { type Heard, heard, selected } from './heard.js';
import { play } from './player.js';
import { similarity, similarityColour } from './similarity.js';

const SHOWN = 120;

export function Timeline() {
  const windows = heard.value.slice(-SHOWN);
  const chosen = selected.value;
  if (windows.length === 0)
    return <p class="quiet">Here is a square for each window, once something was heard.</p>;
  return (
    <ol class="timeline" aria-label="Windows heard, oldest first">
      {windows.map((window) => {
        const about = [aboutWindow(window, chosen), ...answerTo(window)];
        return (
          <li key={window.id}>
            <button
              type="button"
              style={{ background: similarityColour(window, chosen) }}
              aria-pressed={window === chosen}
              aria-label={about.join(', ')}
              title={about.join('\n')}
              onClick={() => {
                selected.value = window;
                void play(window);
              }}
            />
          </li>
        );
      })}
    </ol>
  );
}

function aboutWindow({ source, time, embedding }: Heard, chosen: Heard | undefined): string {
  const alike = chosen ? similarity(embedding, chosen.embedding) : 0;
  return `${source}, ${time.toFixed(1)} s, similarity ${alike.toFixed(2)}`;
}

/** A line, or none without a head. */
function answerTo({ embedding }: Heard): string[] {
  if (!head.value) return [];
  const prediction = head.value.predict(embedding);
  return [`heard as ${isOneOfThem(prediction) ? prediction.label : 'none of these'}`];
}
