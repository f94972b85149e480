// The page of one model: what it predicts, how well, what it looks like, and how to take it away.
import { get, remove } from './api.js';
import { ask, facts, h, put, table } from './dom.js';
import { ago, count, moment, number, short } from './format.js';
import { fitCard } from './fit.js';
import { networkCard } from './network.js';
import { action, command, curl, download, failure } from './parts.js';
import { predictCard } from './predict.js';

const VERSIONS = 12; // the newest, that are compared

const pathOf = (model) => `/v1/models/${encodeURIComponent(model.name)}/versions/${model.version}`;

/** The versions with their metrics, this one marked. */
async function versionsCard(model, signal) {
  const shown = [...model.versions].sort((a, b) => b - a).slice(0, VERSIONS);
  const all = await Promise.all(shown.map((version) => (version === model.version ? model
    : get(`/v1/models/${encodeURIComponent(model.name)}/versions/${version}`, { signal }))));
  const name = encodeURIComponent(model.name);
  const more = model.versions.length - shown.length;
  return h('section', { class: 'card' }, h('h2', null, 'Versions'),
    h('p', { class: 'help' }, 'Root mean squared errors, and r2 of the validation rows if any.'),
    table('Versions', ['version', 'training', 'validation', 'r2', 'made'],
      all.map((one) => [h('a', { href: `#/models/${name}/${one.version}`,
        'aria-current': one.version === model.version ? 'true' : null }, String(one.version)),
      number(one.metrics?.train?.rmse), number(one.metrics?.validation?.rmse),
      number((one.metrics?.validation ?? one.metrics?.train)?.r2),
      h('time', { class: 'when', datetime: one.created_at, title: moment(one.created_at) },
        ago(one.created_at))]), [1, 2, 3]),
    more > 0 && h('p', { class: 'help' }, `and ${count(more)} older`));
}

function aboutCard(model) {
  const { train, validation } = model.metrics ?? {};
  const columns = [train && ['training', train], validation && ['validation', validation]]
    .filter(Boolean);
  return h('section', { class: 'card' }, h('h2', null, 'Metrics'),
    columns.length > 0 && table('Metrics', ['metric', ...columns.map(([name]) => name)],
      ['rmse', 'mae', 'r2', 'mse'].map((name) => [name,
        ...columns.map(([, metrics]) => number(metrics[name], 5))]), [1, 2]),
    facts([['parameters', count(model.parameters)],
      model.members > 1 && ['networks', count(model.members)],
      ['features', count(model.scaling.features.length)],
      ['targets', model.scaling.targets.map((target) => target.name).join(', ')],
      model.job && ['made by', h('a', { href: `#/jobs/${model.job}` }, short(model.job))],
      ['weights', h('code', { title: model.digest }, `${model.digest.slice(0, 12)}…`)]]));
}

const FILES = [['onnx', 'ONNX', 'for other runtimes'], ['c', 'C', 'one file, no dependencies'],
  ['json', 'JSON', 'for another backpropd'], ['csv', 'CSV', 'the weights as a table']];

function downloadCard(model) {
  const stem = `${model.name}-${model.version}`;
  const path = `${pathOf(model)}/export`;
  return h('section', { class: 'card' }, h('h2', null, 'Take it away'),
    h('div', { class: 'files' }, FILES.map(([format, label, help]) => h('div', null,
      download(label, `${path}?format=${format}`, `${stem}.${format}`),
      h('span', { class: 'help' }, help)))),
    command('The same with curl', curl(`${path}?format=onnx`, { output: `${stem}.onnx` })));
}

function title(model) {
  const end = action('Delete this version', 'quiet', async () => {
    const last = model.versions.length < 2;
    if (!await ask(`Delete version ${model.version}?`, last ? 'It is the only one: the model will '
      + 'be gone.' : 'The other versions stay.', [['Delete', 'yes', 'danger']])) return;
    await remove(pathOf(model));
    location.hash = last ? '#/models' : `#/models/${encodeURIComponent(model.name)}`;
  });
  return h('div', { class: 'title' }, h('h1', null, model.name,
    h('span', { class: 'version' }, ` version ${model.version}`)), h('div', { class: 'row' }, end));
}

export async function modelPage(element, [name, version], signal) {
  const path = `/v1/models/${encodeURIComponent(name)}`;
  const model = await get(version ? `${path}/versions/${version}` : path, { signal });
  document.title = `${model.name} ${model.version} · backpropd`;
  const [fit, network, versions] = [h('div', { class: 'wide' }), h('div', { class: 'wide' }),
    h('div')];
  put(element, title(model), predictCard(model, pathOf(model), signal), fit, network,
    h('div', { class: 'columns' }, aboutCard(model), versions, downloadCard(model)));
  const place = async (where, making) => {
    try {
      put(where, await making);
    } catch (error) {
      if (!signal.aborted) put(where, failure(error));
    }
  };
  await Promise.all([place(fit, fitCard(model, pathOf(model), signal)),
    place(network, networkCard(model, pathOf(model), signal)),
    place(versions, versionsCard(model, signal))]);
}
