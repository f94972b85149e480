// How well a model predicts: predicted against true values of the rows that its training held out,
// and how its errors are spread.
import { get, post, Problem } from './api.js';
import { h, put, table } from './dom.js';
import { residuals, scatter } from './draw.js';
import { many, number } from './format.js';

const POINTS = 1000; // drawn, at most
const VALUES = 500000; // read of a dataset, at most

/** What can be known of the model's rows; null where its job or dataset is gone. */
async function rowsOf(model, signal) {
  if (!model.job || !model.dataset) return null;
  try {
    const split = await get(`/v1/jobs/${model.job}/split`, { signal });
    const columns = model.scaling.features.length + model.scaling.targets.length;
    const limit = Math.max(1, Math.min(split.rows, Math.floor(VALUES / columns)));
    const rows = await get(`/v1/datasets/${model.dataset}/rows?limit=${limit}`, { signal });
    return { split, rows };
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 403)) return null;
    throw error;
  }
}

/** Some of many, evenly. */
function some(all, most) {
  const step = Math.max(1, all.length / most);
  const picked = [];
  for (let i = 0; i < all.length; i += step) picked.push(all[Math.floor(i)]);
  return picked;
}

/** The rows to judge by: those held out, else those of the training. */
function judged({ split, rows }) {
  const known = (row) => row < rows.x.length;
  const heldOut = split.validation.filter(known);
  const all = heldOut.length ? heldOut : rows.x.map((_, i) => i);
  return { heldOut: heldOut.length > 0, picked: some(all, POINTS) };
}

function show(target, truth, predicted, place) {
  const errors = predicted.map((value, i) => value - truth[i]);
  put(place, h('div', { class: 'fit' }, h('div', null, scatter(truth, predicted, target.name),
    h('details', null, h('summary', null, 'As a table'),
      table('Predicted and true', ['true', 'predicted', 'residual'], truth.slice(0, 200).map(
        (t, i) => [number(t, 6), number(predicted[i], 6), number(errors[i], 4)]), [0, 1, 2]))),
  residuals(errors, target.name)));
}

/** The card of a model's fit. */
export async function fitCard(model, path, signal) {
  const card = (...more) => h('section', { class: 'card' }, h('h2', null, 'Predicted against true'),
    ...more);
  const known = await rowsOf(model, signal);
  if (!known) {
    return card(h('p', { class: 'help' }, 'The rows that it was trained on are not here, or this '
      + 'token may not read them.'));
  }
  const { heldOut, picked } = judged(known);
  const { predictions } = await post(`${path}:predict`,
    { instances: picked.map((row) => known.rows.x[row]) }, { signal });
  const place = h('div');
  const { targets } = model.scaling;
  const choose = (at) => show(targets[at], picked.map((row) => known.rows.y[row][at]),
    predictions.map((row) => [row].flat()[at]), place);
  choose(0);
  return card(h('p', { class: 'help' }, heldOut
    ? `${many(picked.length, 'row')} that the training did not see (the validation split).`
    : `${many(picked.length, 'row')} of the training itself, as none were held out: expect larger `
      + 'errors on others.', ' On the diagonal, prediction and truth agree.'),
  targets.length > 1 && h('p', { class: 'row' }, h('label', { for: 'target' }, 'Target'),
    h('select', { id: 'target', on: { change: (event) => choose(Number(event.target.value)) } },
      targets.map((target, i) => h('option', { value: String(i) }, target.name)))), place);
}
