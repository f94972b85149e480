// The columns of a file: their statistics, and what each is used as.
import { breakable, freshId, h, say } from './dom.js';
import { binned, histogram } from './draw.js';
import { bytes, count, duration, many, number } from './format.js';

const BINS = 24;
const USES = [['feature', 'feature'], ['target', 'target'], ['', 'not used']];

/** What a newcomer should know about a column, if anything. */
function remark(column, rows) {
  if (column.isText) {
    return `text (${many(column.kinds, 'kind')} of value): only numbers can be trained on`;
  }
  const parts = [];
  if (column.missing) parts.push(`${many(column.missing, 'cell')} without a value`);
  if (column.strange.length) {
    const { text, row } = column.strange[0];
    parts.push(`${many(column.strange.length, 'cell')} not a number: “${text.slice(0, 30)}” in row `
      + `${row + 1}`);
  }
  if (column.min === column.max) parts.push('the same value everywhere');
  if (column.counts && rows > 10) parts.push('counts the rows: says nothing about them');
  return parts.join('; ');
}

/** What a column is used as at first: the last column of numbers is the target. */
function firstUse(column, last, rows) {
  if (column.isText || column.min === column.max) return '';
  if (column === last) return 'target';
  return column.counts && rows > 10 ? '' : 'feature';
}

/** The table; `used('target')` and `used('feature')` are the columns chosen. */
export function columnTable(file, changed) {
  const { columns, rows } = file;
  const last = [...columns].reverse().find((column) => !column.isText && column.min !== column.max);
  const use = new Map(columns.map((column) => [column, firstUse(column, last, rows)]));
  const selects = new Map();
  const choose = (column, value) => {
    use.set(column, value);
    selects.get(column).value = value;
    selects.get(column).closest('tr').dataset.use = value;
  };
  const cell = (label, ...more) => h('td', { role: 'cell', class: 'number', data: { label } },
    ...more);
  const lines = columns.map((column) => {
    const id = freshId('use');
    const select = h('select', { id, disabled: column.isText, 'aria-label': `Use of ${column.name}`,
      on: { change: (event) => {
        choose(column, event.target.value);
        changed();
      } } }, USES.map(([value, name]) => h('option', { value }, name)));
    selects.set(column, select);
    const note = remark(column, rows);
    const text = column.isText;
    const show = (value) => (text ? '–' : number(value));
    return h('tr', { role: 'row' }, h('th', { role: 'rowheader', scope: 'row' },
      breakable(column.name), note && h('small', { class: 'note' }, note)),
    h('td', { role: 'cell', class: 'use', data: { label: 'use as' } }, select),
    cell('smallest', show(column.min)), cell('mean', show(column.mean)),
    cell('largest', show(column.max)), cell('deviation', show(column.std)),
    h('td', { role: 'cell', class: 'histcell', data: { label: 'values' } }, !text
      && histogram(binned(column.values, BINS), `Values of ${column.name}`)));
  });
  const element = h('div', { class: 'tablebox' }, h('table', { class: 'columns-table',
    role: 'table', 'aria-label': 'Columns' },
  h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ['Column', 'Use as', 'Smallest', 'Mean',
    'Largest', 'Deviation', 'Values'].map((name, i) => h('th', { role: 'columnheader', scope: 'col',
    class: i > 1 && i < 6 ? 'number' : null }, name)))),
  h('tbody', { role: 'rowgroup' }, lines)));
  for (const column of columns) choose(column, use.get(column));
  return { element, used: (what) => columns.filter((column) => use.get(column) === what) };
}

/** One sentence about the file and the choice. */
export function choiceInWords(file, targets, features, sent) {
  const line = h('p', { class: 'told' });
  const left = file.rows - sent.rows;
  const named = targets.map((column) => column.name).join(' and ');
  say(line, `${many(file.rows, 'row')}${file.headless ? `, the first line among them, as it has `
    + 'numbers in place of names' : ''}. ${many(features.length, 'feature')}`
    + `${named ? ` to predict ${named} from` : ', no target yet'}.`
    + `${left ? ` ${many(left, 'row')} with a missing value ${left === 1 ? 'is' : 'are'} left out.`
      : ''}`);
  return line;
}

/** The numbers of a dry run. */
export function estimate(found) {
  const figure = (value, name) => h('div', { class: 'figure' },
    h('span', { class: 'figure-value' }, value), h('span', { class: 'figure-name' }, name));
  return h('div', { class: 'figures' }, figure(duration(found.estimate?.seconds), 'time, at most'),
    figure(count(found.parameters), 'parameters'), figure(bytes(found.memory_bytes), 'memory'),
    figure(count(found.rows.training), found.rows.training === 1 ? 'row to train on'
      : 'rows to train on'),
    figure(count(found.rows.validation), found.rows.validation === 1 ? 'row held out'
      : 'rows held out'),
    found.runs > 1 && figure(count(found.runs), 'trainings'));
}
