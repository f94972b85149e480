// The page of all models: the newest version of each.
import { every, list } from './api.js';
import { h, nothing, put } from './dom.js';
import { ago, count, moment, number } from './format.js';
import { command, curl } from './parts.js';

const HEAD = [['Model', ''], ['Version', 'number'], ['Networks', 'number'],
  ['Parameters', 'number'], ['Error, training', 'number'], ['Error, validation', 'number'],
  ['r2', 'number'], ['Made', '']];

function line(model) {
  const { train, validation } = model.metrics ?? {};
  const cell = (label, value, kind = 'number') => h('td', { role: 'cell', class: kind,
    data: { label } }, value);
  return h('tr', { role: 'row' },
    h('td', { role: 'cell', class: 'model' }, h('a', { href:
      `#/models/${encodeURIComponent(model.name)}` }, model.name)),
    cell('version', String(model.version)), cell('networks', count(model.members)),
    cell('parameters', count(model.parameters)),
    cell('error, training', number(train?.rmse)), cell('error, validation',
      number(validation?.rmse)),
    cell('r2', number((validation ?? train)?.r2)),
    h('td', { role: 'cell', class: 'when', title: moment(model.created_at),
      data: { label: 'made' } }, ago(model.created_at)));
}

const none = () => nothing('There is no model yet.',
  h('p', null, 'A job that ends well leaves one.'),
  h('p', null, h('a', { class: 'button main', href: '#/new' }, 'Start a job')));

export async function modelsPage(element, words, signal) {
  document.title = 'Models · backpropd';
  const body = h('tbody', { role: 'rowgroup' });
  const content = h('div', { class: 'stack' });
  const table = h('div', { class: 'tablebox' }, h('table', { class: 'models', role: 'table',
    'aria-label': 'Models' }, h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' },
    HEAD.map(([name, kind]) => h('th', { role: 'columnheader', scope: 'col', class: kind },
      name)))), body));
  const help = h('p', { class: 'help' }, 'Errors are root mean squares, in the units of the '
    + 'target; r2 is that of the validation rows where some were held out.');
  put(element, h('div', { class: 'title' }, h('h1', null, 'Models')), content,
    h('details', { class: 'card more' }, h('summary', null, 'The same with curl'),
      command('All models', curl('/v1/models'))));
  let shown = null;
  await every(5, signal, async () => {
    const models = await list('/v1/models', { signal, most: 1000 });
    const now = models.map((model) => `${model.name} ${model.version}`).join('\n');
    if (now === shown) return;
    shown = now;
    put(body, models.map(line));
    put(content, ...(models.length ? [table, help] : [none()]));
  });
}
