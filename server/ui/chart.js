// The chart of losses, drawn by dygraphs: lines over epochs, linear or logarithmic, with zoom by
// mouse, fingers, keys and buttons, and the exact values where the reader points.
import { announce, freshId, h, put, say } from './dom.js';
import { ticks } from './draw.js';
import { count, number } from './format.js';

const { Dygraph } = window;
const LINES = 8; // colours of the style sheet, --line-1 and so on
const DASH = [6, 4];
const HUGE = 1e250; // beyond, a margin in logarithms would not be finite

// Its legend would set a style attribute, which the policy of the page refuses; ours is below.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);

/** One finger scrolls the page; two zoom. */
function interaction() {
  const model = { ...Dygraph.defaultInteractionModel };
  const start = model.touchstart;
  model.touchstart = (event, graph, context) => {
    if (event.touches.length > 1) start(event, graph, context);
  };
  const { touchmove, touchend } = model;
  model.touchmove = (event, graph, context) => {
    if (event.touches.length > 1) touchmove(event, graph, context);
  };
  model.touchend = (event, graph, context) => {
    if (context.touches) touchend(event, graph, context);
  };
  return model;
}

/** Where a loss in logarithms has a line: at powers of ten, few enough to read, and between them at
 * 2 and 5 where there are hardly any. */
function decades(low, high, about) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first) / about));
  const found = [];
  for (let e = Math.ceil(first / step) * step; e <= last; e += step) found.push(10 ** e);
  if (found.length > 2) return found;
  const finer = [];
  for (let e = first - 1; e <= last; e += 1) finer.push(...[1, 2, 5].map((m) => m * 10 ** e));
  const within = finer.filter((v) => v >= low && v <= high);
  return within.length > 1 ? within : ticks(low, high, about);
}

/** The marks of the axis of losses, as dygraphs asks for them. */
function marks(low, high, pixels, logarithm) {
  const about = Math.max(2, Math.floor(pixels / 45));
  if (!(low < high) || !Number.isFinite(high - low)) return [];
  const values = logarithm && low > 0 ? decades(low, high, about) : ticks(low, high, about);
  return values.map((v) => ({ v, label: number(v, 3) }));
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Series as dygraphs wants them: a row an epoch, null where a series has none. */
function rowsOf(lines, logarithm) {
  const rows = new Map();
  lines.forEach(({ epoch, values }, i) => {
    for (let k = 0; k < epoch.length; k += 1) {
      let row = rows.get(epoch[k]);
      if (!row) {
        row = new Array(lines.length + 1).fill(null);
        row[0] = epoch[k];
        rows.set(epoch[k], row);
      }
      row[i + 1] = logarithm && !(values[k] > 0) ? null : values[k];
    }
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

/** The lines of jobs: of one, training and validation in a colour each; of more, a colour a job. */
function linesOf(series) {
  const alone = series.length === 1;
  return series.flatMap(({ name, history }, i) => {
    const train = { name: alone ? 'training' : `${name}, training`, epoch: history.epoch,
      values: history.train, colour: (i % LINES) + 1, dashed: false };
    const validation = { name: alone ? 'validation' : `${name}, validation`,
      epoch: history.epoch, values: history.validation, colour: alone ? 2 : (i % LINES) + 1,
      dashed: true };
    return history.hasValidation ? [train, validation] : [train];
  });
}

/** A line whose corners are round: pointed, those of a dense zigzag would stick out of it. */
function roundLine(plot) {
  plot.drawingContext.lineJoin = 'round';
  Dygraph.Plotters.linePlotter(plot);
}

class Chart {
  constructor(onZoom) {
    this.onZoom = onZoom;
    this.logarithm = true;
    this.lines = [];
    this.window = null;
    this.readout = h('p', { class: 'readout', role: 'status' });
    this.place = h('div', { class: 'plot' });
    this.box = h('div', { class: 'plotbox', tabindex: '0', role: 'group',
      'aria-describedby': '', 'aria-label': 'Chart of the loss. Left and right read it off, plus '
      + 'and minus zoom, 0 shows all. The numbers stand in a table below.',
      on: { keydown: (event) => this.key(event) } }, this.place);
    this.legend = h('ul', { class: 'legend' });
    this.table = h('div');
    this.details = h('details', { class: 'numbers', on: { toggle: () => this.tabulate() } },
      h('summary', null, 'The numbers as a table'), this.table);
    this.element = h('div', { class: 'chart' }, this.controls(), this.legend, this.box,
      this.readout, this.details);
  }

  controls() {
    const name = freshId('scale');
    const radio = (label, value) => h('label', null, h('input', { type: 'radio', name,
      checked: value === this.logarithm, on: { change: () => this.scale(value) } }),
    h('span', null, label));
    const button = (label, text, run) => h('button', { type: 'button', class: 'quiet small',
      'aria-label': label, title: label, on: { click: run } }, text);
    return h('div', { class: 'row controls' },
      h('fieldset', { class: 'filters' }, h('legend', { class: 'hidden' }, 'Scale of the loss'),
        radio('logarithmic', true), radio('linear', false)),
      h('div', { class: 'row zoom' }, button('Zoom in', '+', () => this.zoom(0.5)),
        button('Zoom out', '−', () => this.zoom(2)), button('Show all epochs', 'All',
          () => this.zoomTo(null))));
  }

  /** series: [{name, history}]. */
  set(series) {
    this.lines = linesOf(series);
    this.rows = rowsOf(this.lines, this.logarithm);
    if (this.rows.length > 0) this.draw();
    if (this.details.open) this.tabulate();
    const legend = this.lines.map((line) => `${line.name}${line.colour}`).join('\n');
    if (legend !== this.drawnLegend) this.drawLegend();
    this.drawnLegend = legend;
  }

  drawLegend() {
    put(this.legend, this.lines.map((line) => h('li', null, h('span', { class: 'sample',
      data: { colour: line.colour, dashed: line.dashed } }), line.name)));
  }

  options() {
    const axis = { axisLabelFontSize: 12, axisLineColor: colour('--hair'),
      gridLineColor: colour('--grid'), gridLineWidth: 1 };
    return {
      file: this.rows,
      labels: ['epoch', ...this.lines.map((line, i) => `${i}`)],
      colors: this.lines.map((line) => colour(`--line-${line.colour}`)),
      series: Object.fromEntries(this.lines.map((line, i) => [`${i}`,
        { strokePattern: line.dashed ? DASH : null }])),
      logscale: this.logarithm,
      dateWindow: this.window,
      yRangePad: this.rows.some((row) => row.some((value) => value > HUGE)) ? 0 : 8,
      axes: { x: { ...axis, axisLabelFormatter: (v) => count(v), drawGrid: false,
        pixelsPerLabel: 80 },
      y: { ...axis, axisLabelWidth: 62,
        ticker: (low, high, pixels) => marks(low, high, pixels, this.logarithm) } },
    };
  }

  draw() {
    if (this.graph) {
      this.graph.updateOptions(this.options());
      return;
    }
    const { file, ...options } = this.options();
    this.graph = new Dygraph(this.place, file, { ...options, legend: 'never',
      connectSeparatedPoints: true, strokeWidth: 1.75, xRangePad: 4, highlightCircleSize: 4,
      plotter: roundLine,
      interactionModel: interaction(), animatedZooms: false, digitsAfterDecimal: 6,
      highlightCallback: (event, x, points) => this.read(x, points),
      unhighlightCallback: () => say(this.readout, this.hint()),
      zoomCallback: () => this.zoomed() });
    say(this.readout, this.hint());
    this.resize = new ResizeObserver(() => this.graph.resize());
    this.resize.observe(this.box);
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.scheme.addEventListener('change', this.recolour = () => this.draw());
  }

  hint() {
    return 'Point at the curve to read it off; drag to zoom, double click to see all.';
  }

  read(x, points) {
    const values = points.filter((p) => Number.isFinite(p.yval))
      .map((p) => `${this.lines[Number(p.name)]?.name} ${p.yval}`);
    say(this.readout, `epoch ${count(x)}: ${values.join(' · ')}`);
  }

  scale(logarithm) {
    this.logarithm = logarithm;
    this.rows = rowsOf(this.lines, logarithm);
    if (this.graph) this.graph.updateOptions({ ...this.options(), valueRange: null });
    announce(`The loss is drawn ${logarithm ? 'logarithmic' : 'linear'}.`);
  }

  extremes() {
    return this.rows?.length ? [this.rows[0][0], this.rows.at(-1)[0]] : [0, 1];
  }

  zoom(by) {
    if (!this.graph) return;
    const [low, high] = this.window ?? this.extremes();
    const middle = this.selected ? this.rows[this.selected]?.[0] ?? (low + high) / 2
      : (low + high) / 2;
    const half = ((high - low) / 2) * by;
    const all = this.extremes();
    const next = [Math.max(all[0], middle - half), Math.min(all[1], middle + half)];
    this.zoomTo(next[1] - next[0] >= all[1] - all[0] ? null : next);
  }

  zoomTo(window) {
    if (!this.graph) return;
    this.window = window;
    this.graph.updateOptions({ dateWindow: window, valueRange: null });
    this.onZoom?.(window);
  }

  zoomed() {
    this.window = this.graph.isZoomed('x') ? [...this.graph.xAxisRange()] : null;
    this.onZoom?.(this.window);
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
    if (event.target !== this.box || !this.graph || event.ctrlKey || event.metaKey) return;
    if (steps[event.key]) this.select((this.selected ?? 0) + steps[event.key]);
    else if (event.key === 'Home') this.select(0);
    else if (event.key === 'End') this.select(this.rows.length - 1);
    else if (event.key === '+' || event.key === '=') this.zoom(0.5);
    else if (event.key === '-') this.zoom(2);
    else if (event.key === '0') this.zoomTo(null);
    else return;
    event.preventDefault();
  }

  select(row) {
    this.selected = Math.max(0, Math.min(this.rows.length - 1, row));
    const at = this.rows[this.selected];
    this.graph.setSelection(this.selected - (this.graph.getLeftBoundary_?.(0) ?? 0));
    this.read(at[0], this.lines.map((line, i) => ({ name: `${i}`, yval: at[i + 1] ?? NaN })));
  }

  /** The rows of the table, at most 200 of them. */
  tabulate() {
    if (!this.details.open || !this.rows?.length) return;
    const step = Math.max(1, Math.ceil(this.rows.length / 200));
    const shown = this.rows.filter((row, i) => i % step === 0 || i === this.rows.length - 1);
    put(this.table, h('div', { class: 'scroll tall', tabindex: '0', role: 'region',
      'aria-label': 'Losses' }, h('table', { class: 'plain' },
      h('thead', null, h('tr', null, ['epoch', ...this.lines.map((line) => line.name)].map((name) =>
        h('th', { scope: 'col', class: 'number' }, name)))),
      h('tbody', null, shown.map((row) => h('tr', null, row.map((value) => h('td',
        { class: 'number' }, value === null ? '–' : String(value)))))))));
  }

  close() {
    this.resize?.disconnect();
    this.scheme?.removeEventListener('change', this.recolour);
    this.graph?.destroy();
  }
}

/** A chart that is taken down with its page. onZoom([from, to] or null). */
export function lossChart(signal, onZoom) {
  const chart = new Chart(onZoom);
  signal.addEventListener('abort', () => chart.close());
  return chart;
}
