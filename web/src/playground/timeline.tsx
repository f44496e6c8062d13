/** Every window in the order it was heard, coloured by how alike it is to the selected one. A press selects and plays it. */
import { heard, selected } from './heard.js';
import { play } from './player.js';
import { similarity, similarityColour } from './similarity.js';

const SHOWN = 120;

export function Timeline() {
  const windows = heard.value.slice(-SHOWN);
  const chosen = selected.value;
  if (windows.length === 0) return <p class="quiet">Nothing was heard yet.</p>;
  return (
    <ol class="timeline" aria-label="Windows heard, oldest first">
      {windows.map((window) => {
        const alike = chosen ? similarity(window.embedding, chosen.embedding) : 0;
        return (
          <li key={window.id}>
            <button
              type="button"
              style={{ background: similarityColour(window, chosen) }}
              aria-pressed={window === chosen}
              aria-label={`${window.source}, ${window.time.toFixed(1)} s, similarity ${alike.toFixed(2)}`}
              title={`${window.source}, ${window.time.toFixed(1)} s\nsimilarity ${alike.toFixed(2)}`}
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
