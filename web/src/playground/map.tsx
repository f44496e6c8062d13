/**
 * All windows on a plane: near each other where the network finds them alike. First by their two principal components, which is
 * quick; on request by UMAP, which keeps neighbours together. A press on a point plays its second.
 */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { type Heard, heard, selected } from './heard.js';
import { play } from './player.js';
import { principalComponents } from './principal-components.js';
import { similarityColour } from './similarity.js';

type Place = readonly [number, number];

const FEWEST = 3;
/** UMAP needs more points than neighbours. */
const NEIGHBOURS = 15;
const [WIDTH, HEIGHT] = [640, 360];
const EDGE = 14;

export function SoundMap() {
  const windows = heard.value;
  const arranged = useSignal<ReadonlyMap<number, Place> | undefined>(undefined);
  const places = useMemo(() => placesOf(windows), [windows]);
  if (windows.length < FEWEST) return null;
  const isArranged = arranged.value !== undefined && windows.every(({ id }) => arranged.value?.has(id));
  const shown = isArranged && arranged.value ? arranged.value : places;
  const fit = fitted([...shown.values()]);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold a drawing of buttons */}
      <svg class="map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label="Map of the windows heard">
        {windows.map((window) => {
          const [x, y] = fit(shown.get(window.id) ?? [0, 0]);
          const choose = () => {
            selected.value = window;
            void play(window);
          };
          return (
            // biome-ignore lint/a11y/useSemanticElements: a button cannot be drawn inside an SVG
            <circle
              key={window.id}
              cx={x}
              cy={y}
              r={window === selected.value ? 7 : 4.5}
              fill={similarityColour(window, selected.value)}
              stroke="var(--ink)"
              stroke-width={window === selected.value ? 2 : 0.6}
              role="button"
              // In lower case: elements of SVG take attributes to the letter.
              tabindex={0}
              aria-label={`Play ${window.source}, ${window.time.toFixed(1)} s`}
              onClick={choose}
              onKeyDown={(event) => {
                if (event.key === 'Enter' || event.key === ' ') choose();
              }}
            />
          );
        })}
      </svg>
      <p>
        <button
          type="button"
          disabled={windows.length <= NEIGHBOURS}
          onClick={async () => {
            arranged.value = await byNeighbours(windows);
          }}
        >
          Arrange by neighbours
        </button>{' '}
        <span class="quiet">
          {isArranged
            ? 'UMAP of all windows.'
            : windows.length <= NEIGHBOURS
              ? `From ${NEIGHBOURS + 1} windows on.`
              : 'Now: the two principal components.'}
        </span>
      </p>
    </>
  );
}

function placesOf(windows: readonly Heard[]): ReadonlyMap<number, Place> {
  const places = principalComponents(windows.map(({ embedding }) => embedding));
  return new Map(windows.map(({ id }, index) => [id, places[index]]));
}

async function byNeighbours(windows: readonly Heard[]): Promise<ReadonlyMap<number, Place>> {
  const { UMAP } = await import('umap-js');
  const umap = new UMAP({ nNeighbors: NEIGHBOURS, minDist: 0.2 });
  const places = await umap.fitAsync(windows.map(({ embedding }) => [...embedding]));
  return new Map(windows.map(({ id }, index) => [id, [places[index][0], places[index][1]]]));
}

/** Fills the map with these places, keeping their proportions. */
function fitted(places: readonly Place[]): (place: Place) => Place {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(
    (WIDTH - 2 * EDGE) / Math.max(right - left, 1e-9),
    (HEIGHT - 2 * EDGE) / Math.max(bottom - top, 1e-9),
  );
  return ([x, y]) => [
    WIDTH / 2 + scale * (x - (left + right) / 2),
    HEIGHT / 2 + scale * (y - (top + bottom) / 2),
  ];
}
