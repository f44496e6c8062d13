/** The regression's weights in three panels: what each hyperparameter does to quality, latency and size. */
import { axisX, axisY, barX, ruleX, ruleY, text } from '@observablehq/plot';
import { csv } from '../../text/csv.js';
import { TARGETS } from '../analysis.js';
import { factorTitle } from '../findings.js';
import { type FigureMaker, toSvg, WIDE } from './figure.js';

interface Weight {
  readonly target: string;
  readonly factor: string;
  readonly weight: number;
  readonly low: number;
  readonly high: number;
}

/** With interactions there are more rows than that. */
const MANY = 8;

export const effectsFigure: FigureMaker = (_results, { effects }) => {
  const rows: (string | number)[][] = [];
  const weights: Weight[] = [];
  for (const target of TARGETS) {
    const fit = effects[target];
    if (typeof fit === 'string') continue;
    for (const [i, factor] of fit.names.entries()) {
      rows.push([target, factor, fit.weights[i], fit.standardErrors[i], fit.margins[i], fit.rSquared]);
      if (factor === 'intercept') continue;
      const margin = Number.isFinite(fit.margins[i]) ? fit.margins[i] : 0;
      weights.push({
        target: `${target}, R² ${fit.rSquared.toFixed(2)}`,
        factor: factorTitle(factor),
        weight: fit.weights[i],
        low: fit.weights[i] - margin,
        high: fit.weights[i] + margin,
      });
    }
  }
  if (weights.length === 0) return undefined;
  const factors = [...new Set(weights.map(({ factor }) => factor))];
  const panels = [...new Set(weights.map(({ target }) => target))];
  return {
    name: 'effects',
    title: 'Which choice costs what',
    caption: `Standardised weights of a linear regression on the hyperparameters: standard deviations of the outcome for one standard
      deviation of the choice. Thin lines are 95 % intervals; where one crosses zero the bar is pale: this run does not know the sign.`,
    csv: csv(['target', 'factor', 'weight', 'standard_error', 'margin_95', 'r_squared'], rows),
    draw: (width) => {
      const isWide = width === WIDE;
      const facet = isWide ? { fx: 'target' } : { fy: 'target' };
      return toSvg({
        width,
        height: isWide
          ? 60 + (factors.length > MANY ? 30 : 44) * factors.length
          : (66 + 34 * factors.length) * panels.length,
        marginLeft: factors.length > MANY ? 264 : 164,
        marginRight: 12,
        marginTop: 34,
        marginBottom: 40,
        x: { label: null, inset: 6, ...rangeOf(weights) },
        y: { domain: factors, label: null, padding: 0.45 },
        fx: { label: null, domain: panels, padding: 0.08 },
        fy: { label: null, domain: panels, padding: 0.16, axis: null },
        marks: [
          axisX({ ticks: isWide ? 4 : 5, tickSize: 0, color: 'var(--quiet)' }),
          axisY({ tickSize: 0, fontSize: 13 }),
          isWide
            ? null
            : text(panels, {
                fy: (panel: string) => panel,
                text: (panel: string) => panel,
                frameAnchor: 'top',
                dy: -8,
                fill: 'var(--quiet)',
              }),
          ruleX([0], { stroke: 'var(--quiet)' }),
          barX(weights, {
            ...facet,
            x1: 0,
            x2: 'weight',
            y: 'factor',
            fill: ({ low, high }: Weight) => (low <= 0 && high >= 0 ? 'var(--quiet)' : 'var(--accent)'),
            fillOpacity: ({ low, high }: Weight) => (low <= 0 && high >= 0 ? 0.3 : 0.85),
            title: ({ factor, weight, low, high }: Weight) =>
              `${factor}: ${weight.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
          }),
          ruleY(weights, { ...facet, y: 'factor', x1: 'low', x2: 'high', stroke: 'var(--ink)' }),
        ],
      });
    },
  };
};

/** Intervals from few models can be enormous; the axis then follows the weights and lets intervals run off. */
function rangeOf(weights: readonly Weight[]): { domain?: [number, number]; clamp?: true } {
  const reach = 2.2 * Math.max(...weights.map(({ weight }) => Math.abs(weight)));
  const low = Math.min(0, ...weights.map((item) => item.low));
  const high = Math.max(0, ...weights.map((item) => item.high));
  return { domain: [Math.max(low, -reach), Math.min(high, reach)], clamp: true };
}
