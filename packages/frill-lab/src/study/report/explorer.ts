/**
 * The report's plot to explore: which students are on the frontier for a task, a device, a latency budget, and among those that
 * pass the filters. It runs in the reader's browser, from the report's one file, so it must stand alone: `explore` uses nothing
 * from outside itself, and its text is put into the page (`explorerMarkup`).
 */
import type { ExplorerData } from './explorer-data.js';

/** Draws into `root` and redraws at every choice. In a browser. */
export function explore(root: HTMLElement, data: ExplorerData): void {
  const SVG = 'http://www.w3.org/2000/svg';
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 460, 44, 16, 24, 44];
  type Student = ExplorerData['students'][number];
  const state = { task: 0, device: 0, budget: Number.POSITIVE_INFINITY, hidden: new Set<string>() };

  const element = <Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    text = '',
  ): HTMLElementTagNameMap[Tag] => {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  };
  const svgElement = (tag: string, attributes: Record<string, string | number>, text = ''): SVGElement => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    made.textContent = text;
    return made;
  };
  const digits = (value: number) => Number(value.toPrecision(3)).toString();

  /** A labelled list of which one is chosen. */
  const chooser = (label: string, options: readonly string[], choose: (index: number) => void) => {
    const wrapped = element('label', label);
    const select = element('select');
    for (const option of options) select.append(element('option', option));
    select.addEventListener('change', () => {
      choose(select.selectedIndex);
      draw();
    });
    wrapped.append(select);
    return wrapped;
  };

  const controls = element('div');
  controls.className = 'controls';
  controls.append(
    chooser('Quality on', data.tasks, (index) => {
      state.task = index;
    }),
  );
  if (data.devices.length > 1)
    controls.append(
      chooser('Latency on', data.devices, (index) => {
        state.device = index;
      }),
    );
  const budget = element('label', 'At most, ms');
  const limit = element('input');
  limit.type = 'number';
  limit.min = '0';
  limit.step = 'any';
  limit.placeholder = 'no limit';
  limit.addEventListener('input', () => {
    state.budget = limit.value === '' ? Number.POSITIVE_INFINITY : Number(limit.value);
    draw();
  });
  budget.append(limit);
  controls.append(budget);

  const filters = element('div');
  filters.className = 'filters';
  for (const choice of Object.keys(data.students[0].choices)) {
    const values = [...new Set(data.students.map(({ choices }) => choices[choice]))];
    if (values.length < 2) continue;
    const group = element('fieldset');
    group.append(element('legend', choice));
    for (const value of values) {
      const label = element('label');
      const box = element('input');
      box.type = 'checkbox';
      box.checked = true;
      box.addEventListener('change', () => {
        const key = `${choice}=${value}`;
        if (box.checked) state.hidden.delete(key);
        else state.hidden.add(key);
        draw();
      });
      label.append(box, value);
      group.append(label);
    }
    filters.append(group);
  }

  const said = element('p');
  said.setAttribute('role', 'status');
  const plot = element('div');
  plot.className = 'explored';
  const tip = element('div');
  tip.className = 'tip';
  tip.hidden = true;
  const table = element('table');
  const scrolled = element('div');
  scrolled.className = 'scroll';
  scrolled.append(table);
  root.append(controls, filters, said, plot, scrolled);

  const msOf = ({ ms }: Student) => ms[state.device];
  const qualityOf = ({ quality }: Student) => quality[state.task];
  const describe = (student: Student) =>
    `${student.name}: ${qualityOf(student).toFixed(1)} %, ${digits(msOf(student) ?? Number.NaN)} ms, ${digits(student.mib)} MiB`;

  /** Students of which no other shown one is as fast and as good, and better in one; fastest first. */
  const frontierOf = (shown: readonly Student[]) => {
    const ranked = [...shown].sort((a, b) => (msOf(a) ?? 0) - (msOf(b) ?? 0) || qualityOf(b) - qualityOf(a));
    let best = Number.NEGATIVE_INFINITY;
    let at = Number.NaN;
    return ranked.filter((student) => {
      const isMember = qualityOf(student) > best || (qualityOf(student) === best && msOf(student) === at);
      if (isMember) [best, at] = [qualityOf(student), msOf(student) ?? Number.NaN];
      return isMember;
    });
  };

  const draw = () => {
    const shown = data.students.filter(
      (student) =>
        (msOf(student) ?? Number.POSITIVE_INFINITY) <= state.budget &&
        msOf(student) !== null &&
        Object.entries(student.choices).every(([choice, value]) => !state.hidden.has(`${choice}=${value}`)),
    );
    const frontier = frontierOf(shown);
    plot.replaceChildren(tip);
    table.replaceChildren();
    const best = frontier.at(-1);
    said.textContent = best
      ? `${shown.length} of ${data.students.length} students, ${frontier.length} on the frontier. The best: ${describe(best)}.`
      : 'No student passes: raise the limit or remove a filter.';
    if (!best) return;

    const times = shown.map((student) => msOf(student) ?? 1);
    const levels = data.levels.map((level) => ({ ...level, value: level.quality[state.task] }));
    const qualities = [...shown.map(qualityOf), ...levels.map(({ value }) => value)];
    const [fastest, slowest] = [Math.min(...times) / 1.2, Math.max(...times) * 1.2];
    const [low, high] = [Math.floor(Math.min(...qualities) - 1), Math.ceil(Math.max(...qualities) + 1)];
    const x = (ms: number) =>
      LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(ms / fastest)) / Math.log(slowest / fastest);
    const y = (quality: number) =>
      HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * (quality - low)) / (high - low);

    const svg = svgElement('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'group' });
    svg.setAttribute('aria-label', 'Latency against quality; each mark is a student');
    const step = [1, 2, 5, 10, 20].find((size) => (high - low) / size <= 8) ?? 50;
    for (let value = Math.ceil(low / step) * step; value <= high; value += step)
      svg.append(
        svgElement('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: 'grid' }),
        svgElement('text', { x: LEFT - 8, y: y(value), class: 'tick end' }, String(value)),
      );
    for (let power = Math.floor(Math.log10(fastest)); power <= Math.log10(slowest); power++)
      for (const factor of [1, 2, 5]) {
        const ms = factor * 10 ** power;
        if (ms < fastest || ms > slowest) continue;
        svg.append(
          svgElement('line', {
            x1: x(ms),
            x2: x(ms),
            y1: HEIGHT - BOTTOM,
            y2: HEIGHT - BOTTOM + 5,
            class: 'axis',
          }),
          svgElement('text', { x: x(ms), y: HEIGHT - BOTTOM + 18, class: 'tick middle' }, digits(ms)),
        );
      }
    svg.append(
      svgElement('text', { x: WIDTH - RIGHT, y: HEIGHT - 6, class: 'tick end' }, 'milliseconds per window →'),
      svgElement('text', { x: 0, y: 12, class: 'tick' }, `↑ ${data.tasks[state.task]}, %`),
    );
    for (const { name, role, value } of levels)
      svg.append(
        svgElement('line', {
          x1: LEFT,
          x2: WIDTH - RIGHT,
          y1: y(value),
          y2: y(value),
          class: `level ${role}`,
        }),
        svgElement('text', { x: WIDTH - RIGHT - 4, y: y(value) - 8, class: `tick end ${role}` }, name),
      );
    const corners = frontier.map((student, index) => {
      const [atX, atY] = [x(msOf(student) ?? 1), y(qualityOf(student))];
      return index === 0 ? `M${atX},${atY}` : `H${atX}V${atY}`;
    });
    svg.append(svgElement('path', { d: corners.join(''), class: 'frontier' }));
    const show = (student: Student, atX: number, atY: number) => {
      tip.hidden = false;
      tip.textContent = describe(student);
      tip.style.left = `${(100 * atX) / WIDTH}%`;
      tip.style.top = `${(100 * atY) / HEIGHT}%`;
      tip.classList.toggle('left', atX > WIDTH / 2);
    };
    // Those on the frontier last, so that they lie above the others.
    const members = new Set(frontier);
    for (const student of [...shown].sort((a, b) => Number(members.has(a)) - Number(members.has(b)))) {
      const [atX, atY] = [x(msOf(student) ?? 1), y(qualityOf(student))];
      const { size, width, pooling } = student.choices;
      const mark = svgElement('circle', {
        cx: atX,
        cy: atY,
        r: 3 + 1.8 * Number(width),
        class: `student ${pooling}${members.has(student) ? ' member' : ''}`,
        style: `--hue:var(--${size})`,
        tabindex: 0,
        role: 'img',
        'aria-label': describe(student),
      });
      for (const event of ['mouseenter', 'focus'])
        mark.addEventListener(event, () => show(student, atX, atY));
      for (const event of ['mouseleave', 'blur'])
        mark.addEventListener(event, () => {
          tip.hidden = true;
        });
      svg.append(mark);
    }
    plot.prepend(svg);

    const head = table.createTHead().insertRow();
    for (const title of ['on the frontier', '%', 'ms', 'MiB']) head.append(element('th', title));
    const body = table.createTBody();
    for (const student of frontier) {
      const row = body.insertRow();
      const { name, mib } = student;
      for (const cell of [
        name,
        qualityOf(student).toFixed(1),
        digits(msOf(student) ?? Number.NaN),
        digits(mib),
      ])
        row.append(element('td', cell));
    }
  };
  draw();
}

/** The explorer as a part of a page: where it draws, its data, and its program. */
export function explorerMarkup(data: ExplorerData): string {
  // A `<` inside the data could end the script element.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  // Compilers that keep the names of functions call a function of this name.
  const program = `const __name=(made)=>made;(${explore.toString()})(document.getElementById('explorer'),${json});`;
  return `<div id="explorer"><noscript>This part of the page needs JavaScript. The rest of the page does not.</noscript></div><script>{${program}}</script>`;
}

export const EXPLORER_STYLE = `
#explorer{font:14px/1.5 ui-sans-serif,system-ui,sans-serif}
.controls,.filters{display:flex;flex-wrap:wrap;gap:10px 22px;margin:0 0 12px}
.controls label{display:flex;flex-direction:column;color:var(--quiet)}
.controls select,.controls input{font:inherit;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:5px;padding:5px 7px;max-width:100%}
.filters fieldset{border:0;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:0 12px}
.filters legend{color:var(--quiet);padding:0}
.filters label{display:flex;gap:5px;align-items:center;padding:3px 0}
.explored{position:relative}
.explored svg{display:block;width:100%;height:auto;overflow:visible}
.explored .grid{stroke:var(--line)}.explored .axis{stroke:var(--quiet)}
.explored text{font-size:12.5px;fill:var(--quiet);dominant-baseline:middle}
.explored .end{text-anchor:end}.explored .middle{text-anchor:middle}
.explored .level{stroke:var(--quiet);stroke-dasharray:5 4}.explored .level.teacher{stroke:var(--teacher)}.explored text.teacher{fill:var(--teacher)}
.explored .frontier{fill:none;stroke:var(--accent);stroke-width:1.6;stroke-opacity:.7}
.explored .student{stroke:var(--hue);stroke-width:1.5;fill:var(--hue);fill-opacity:.4;cursor:default}
.explored .student.flattened{fill:var(--paper)}
.explored .student.member{fill-opacity:1}
.explored .student:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.tip{position:absolute;transform:translate(10px,-140%);background:var(--ink);color:var(--paper);padding:4px 9px;border-radius:5px;pointer-events:none;white-space:nowrap}
.tip.left{transform:translate(calc(-100% - 10px),-140%)}
.tip[hidden]{display:none}
@media print{#explorer{display:none}}
`;
