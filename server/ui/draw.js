// Small drawings in SVG: sparklines, histograms, and points beside a diagonal.
import { h, s, table } from './dom.js';
import { count, number } from './format.js';

/** The path through values (null leaves a gap) in a box, in logarithms where all are positive. */
function pathOf(values, width, height, [low, high], logarithm) {
  const scale = (v) => (logarithm ? Math.log(v) : v);
  const span = high - low || 1;
  let path = '';
  let pen = 'M';
  values.forEach((value, i) => {
    if (value === null || (logarithm && value <= 0)) {
      pen = 'M';
      return;
    }
    const x = values.length > 1 ? (i / (values.length - 1)) * width : 0;
    const y = height - ((scale(value) - low) / span) * height;
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/** A loss in the size of a word; losses fall by orders of magnitude, so in logarithms. */
export function sparkline(train, validation, label) {
  const all = [...train, ...(validation ?? [])].filter((v) => v !== null && Number.isFinite(v));
  const logarithm = all.length > 0 && all.every((v) => v > 0);
  const scaled = logarithm ? all.map(Math.log) : all;
  const range = scaled.length ? [Math.min(...scaled), Math.max(...scaled)] : [0, 1];
  const box = [train, 88, 22, range, logarithm];
  return s('svg', { class: 'spark', viewBox: '-2 -2 92 26', role: 'img', 'aria-label': label },
    validation && s('path', { class: 'validation', d: pathOf(validation, ...box.slice(1)) }),
    s('path', { class: 'train', d: pathOf(...box) }));
}

/** How many of the values fall into each of so many equal parts of their range. */
export function binned(values, bins) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const counts = new Array(bins).fill(0);
  const width = (high - low) / bins || 1;
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / width))] += 1;
  return { low, high, width, counts };
}

/** A histogram; bars have a gap of a hair between them. */
export function histogram({ counts, low, high }, label, { width = 120, height = 36 } = {}) {
  const most = Math.max(...counts, 1);
  const step = width / counts.length;
  return s('svg', { class: 'histogram', viewBox: `0 0 ${width} ${height}`, role: 'img',
    preserveAspectRatio: 'none',
    'aria-label': `${label}: from ${number(low)} to ${number(high)}` },
  counts.map((n, i) => {
    const tall = n ? Math.max(1, (n / most) * height) : 0;
    return s('rect', { x: (i * step + 0.4).toFixed(2), y: (height - tall).toFixed(2),
      width: (step - 0.8).toFixed(2), height: tall.toFixed(2) });
  }));
}

/** Round numbers within a range, about so many. */
export function ticks(low, high, about = 5) {
  const raw = (high - low) / about || 1;
  const ten = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * ten).find((v) => v >= raw) ?? raw;
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step) {
    found.push(Math.abs(v) < step / 1e6 ? 0 : v);
  }
  return found;
}

/** Predicted against true: on the line is right. */
export function scatter(truth, predicted, name) {
  const all = [...truth, ...predicted];
  let low = Math.min(...all);
  let high = Math.max(...all);
  const margin = (high - low || 1) * 0.04;
  low -= margin;
  high += margin;
  const marks = ticks(low, high);
  const longest = Math.max(...marks.map((v) => number(v, 3).length)) * 7; // in pixels, or less
  const [left, size] = [Math.max(52, 30 + longest), 300];
  const isSparse = longest * marks.length > size; // each second one has a label below
  const x = (v) => left + ((v - low) / (high - low)) * size;
  const y = (v) => 8 + size - ((v - low) / (high - low)) * size;
  return s('svg', { class: 'scatter', viewBox: `0 0 ${left + size + 10} ${size + 52}`, role: 'img',
    'aria-label': `Predicted against true ${name}, ${count(truth.length)} rows` },
  s('rect', { class: 'ground', x: left, y: 8, width: size, height: size }),
  marks.map((v, i) => [
    s('line', { class: 'grid', x1: x(v), x2: x(v), y1: 8, y2: 8 + size }),
    s('line', { class: 'grid', x1: left, x2: left + size, y1: y(v), y2: y(v) }),
    isSparse && i % 2 === 1 ? null
      : s('text', { x: x(v), y: size + 24, 'text-anchor': 'middle' }, number(v, 3)),
    s('text', { x: left - 6, y: y(v) + 4, 'text-anchor': 'end' }, number(v, 3))]),
  s('line', { class: 'diagonal', x1: x(low), y1: y(low), x2: x(high), y2: y(high) }),
  truth.map((v, i) => s('circle', { cx: x(v).toFixed(1), cy: y(predicted[i]).toFixed(1), r: 3 })),
  s('text', { class: 'axis', x: left + size / 2, y: size + 44, 'text-anchor': 'middle' },
    `true ${name}`),
  s('text', { class: 'axis', x: 12, y: 8 + size / 2, 'text-anchor': 'middle',
    transform: `rotate(-90 12 ${8 + size / 2})` }, 'predicted'));
}

/** A histogram that can be read off: with an axis and the line of no error. */
export function residuals(errors, name) {
  const bins = binned(errors, Math.min(30, Math.max(8, Math.round(Math.sqrt(errors.length)))));
  const [width, height] = [340, 180];
  const x = (v) => ((v - bins.low) / (bins.high - bins.low || 1)) * width;
  return h('div', { class: 'residuals' },
    s('svg', { class: 'histogram', viewBox: `-20 -6 ${width + 40} ${height + 50}`, role: 'img',
      'aria-label': `Residuals of ${name}, predicted less true` },
    bins.counts.map((n, i) => {
      const tall = (n / Math.max(...bins.counts)) * height;
      return s('rect', { x: (i / bins.counts.length) * width + 0.5, y: height - tall,
        width: width / bins.counts.length - 1, height: tall });
    }),
    s('line', { class: 'base', x1: 0, x2: width, y1: height, y2: height }),
    bins.low < 0 && bins.high > 0
      && s('line', { class: 'diagonal', x1: x(0), x2: x(0), y1: -4, y2: height }),
    ticks(bins.low, bins.high, 4).map((v) => s('text', { x: x(v), y: height + 18,
      'text-anchor': 'middle' }, number(v, 3))),
    s('text', { class: 'axis', x: width / 2, y: height + 38, 'text-anchor': 'middle' },
      `predicted less true ${name}`)),
    h('details', null, h('summary', null, 'As a table'),
      table('Residuals', ['from', 'to', 'rows'], bins.counts.map((n, i) => [
        number(bins.low + i * bins.width), number(bins.low + (i + 1) * bins.width), count(n)]),
      [0, 1, 2])));
}
