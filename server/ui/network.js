// The drawing of a network: a column of units a layer, weights as lines whose colour and dashes
// tell the sign and whose width tells the size. Of layers that are too tall to read the strongest
// units are drawn; what is too large altogether is told in words.
import { get } from './api.js';
import { h, put, s, table } from './dom.js';
import { count, many, number, words } from './format.js';

const UNITS = 14; // drawn of a layer
const LAYERS = 10;
const PARAMETERS = 200000; // more are not fetched for a drawing

/** How strongly each unit of a layer is tied to others: the sum of its weights' sizes. */
function strengths(layers, at) {
  const size = at === 0 ? layers[0].weights[0].length : layers[at - 1].weights.length;
  const sums = new Array(size).fill(0);
  if (at > 0) layers[at - 1].weights.forEach((row, i) => row.forEach((w) => {
    sums[i] += Math.abs(w);
  }));
  if (at < layers.length) layers[at].weights.forEach((row) => row.forEach((w, j) => {
    sums[j] += Math.abs(w);
  }));
  return sums;
}

/** The units that are drawn, in their order. */
function chosenUnits(layers, at) {
  const sums = strengths(layers, at);
  if (sums.length <= UNITS) return sums.map((_, i) => i);
  return sums.map((_, i) => i).sort((a, b) => sums[b] - sums[a]).slice(0, UNITS)
    .sort((a, b) => a - b);
}

function placesOf(layers) {
  const columns = layers.length + 1;
  const height = 360;
  return Array.from({ length: columns }, (_, at) => {
    const units = chosenUnits(layers, at);
    const x = 150 + (at / (columns - 1)) * 460;
    const gap = Math.min(46, height / units.length);
    const top = 30 + (height - gap * (units.length - 1)) / 2;
    return new Map(units.map((unit, i) => [unit, [x, top + i * gap]]));
  });
}

function edges(layers, places) {
  const all = layers.flatMap((layer, at) => [...places[at + 1]].flatMap(([i, to]) =>
    [...places[at]].map(([j, from]) => ({ w: layer.weights[i][j], from, to, at, i, j }))));
  const most = layers.map((_, at) => Math.max(...all.filter((e) => e.at === at)
    .map((e) => Math.abs(e.w)), 1e-300));
  all.sort((a, b) => Math.abs(a.w) / most[a.at] - Math.abs(b.w) / most[b.at]);
  return all.map(({ w, from, to, at }) => {
    const share = Math.abs(w) / most[at];
    const bend = (to[0] - from[0]) / 2;
    return s('path', { class: w < 0 ? 'weight minus' : 'weight plus',
      'stroke-width': (0.3 + 3.2 * share).toFixed(2), opacity: (0.1 + 0.8 * share).toFixed(2),
      d: `M${from[0]} ${from[1]}C${from[0] + bend} ${from[1]} ${to[0] - bend} ${to[1]} `
        + `${to[0]} ${to[1]}` }, s('title', null, number(w)));
  });
}

const cut = (name) => (name.length > 18 ? `${name.slice(0, 17)}…` : name);

function labels(model, layers, places) {
  const { features, targets } = model.scaling;
  const name = (column, side, anchor) => ([unit, [x, y]]) => s('text', { x: x + side, y: y + 4,
    'text-anchor': anchor }, cut(column[unit].name), s('title', null, column[unit].name));
  const sizes = [features.length, ...layers.map((layer) => layer.weights.length)];
  return [[...places[0]].map(name(features, -12, 'end')),
    [...places.at(-1)].map(name(targets, 12, 'start')),
    places.map((column, at) => s('text', { class: 'axis', x: [...column.values()][0][0], y: 428,
      'text-anchor': 'middle' }, at === 0 ? 'inputs' : words(layers[at - 1].activation),
    column.size < sizes[at] && s('tspan', { x: [...column.values()][0][0], dy: 15 },
      `${column.size} of ${count(sizes[at])}`)))];
}

function drawing(model, layers) {
  const places = placesOf(layers);
  return s('svg', { class: 'network', viewBox: '0 0 760 452', role: 'img',
    'aria-label': `Network: ${sizesInWords(model)}` }, edges(layers, places),
  places.map((column) => [...column.values()].map(([x, y]) => s('circle', { cx: x, cy: y,
    r: 7 }))), labels(model, layers, places));
}

function sizesInWords(model) {
  return [many(model.scaling.features.length, 'input'), ...model.layers.map((layer) =>
    `${count(layer.outputs)} ${words(layer.activation)}`)].join(', then ');
}

/** The strongest weights, for those who do not see the drawing. */
function strongest(model, layers) {
  const { features } = model.scaling;
  const rows = layers.flatMap((layer, at) => layer.weights.flatMap((row, i) => row.map((w, j) => ({
    w, from: at === 0 ? features[j].name : `layer ${at}, unit ${j + 1}`,
    to: at === layers.length - 1 ? model.scaling.targets[i].name
      : `layer ${at + 1}, unit ${i + 1}` }))));
  rows.sort((a, b) => Math.abs(b.w) - Math.abs(a.w));
  return h('details', null, h('summary', null, 'The strongest weights as a table'),
    table('Strongest weights', ['from', 'to', 'weight'], rows.slice(0, 40).map(({ from, to, w }) =>
      [from, to, number(w, 5)]), [2]));
}

/** The card: the drawing of one network, of an ensemble of each in turn. */
export async function networkCard(model, path, signal) {
  const card = (...more) => h('section', { class: 'card' }, h('h2', null, 'Network'),
    h('p', { class: 'help' }, `${sizesInWords(model)}. ${many(model.parameters, 'parameter')}`
      + `${model.members > 1 ? ` in ${model.members} networks` : ''}.`), ...more);
  if (model.parameters > PARAMETERS || model.layers.length > LAYERS) {
    return card(h('p', null, 'It is too large for a drawing that could be read.'));
  }
  const weights = await get(`${path}/weights`, { signal });
  const members = weights.members ?? [weights];
  const place = h('div', { class: 'scroll', tabindex: '0', role: 'region',
    'aria-label': 'Drawing of the network' });
  const below = h('div');
  const show = (i) => {
    put(place, drawing(model, members[i].layers));
    put(below, strongest(model, members[i].layers));
  };
  show(0);
  const choose = members.length > 1 && h('p', { class: 'row' }, h('label', { for: 'member' },
    'Network'), h('select', { id: 'member', on: { change: (e) => show(Number(e.target.value)) } },
    members.map((_, i) => h('option', { value: String(i) }, `${i + 1} of ${members.length}`))));
  return card(choose, place, h('ul', { class: 'legend' },
    h('li', null, h('span', { class: 'sample plus' }), 'positive weight'),
    h('li', null, h('span', { class: 'sample minus' }), 'negative weight'),
    h('li', null, 'the wider, the stronger within its layer')), below);
}
