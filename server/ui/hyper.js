// The form of hyperparameters. The list is the daemon's: names, kinds, ranges, defaults and help; a
// field that is left empty is not sent, and shows what the daemon will take in its place.
import { freshId, h, say } from './dom.js';
import { number, setting, words } from './format.js';

// Shown before the others; all else about them is told by the daemon.
const FIRST = ['validation_split', 'hidden', 'activation', 'optimizer', 'learning_rate',
  'batch_size', 'epochs', 'ensemble', 'seed'];
// What the form begins with: some rows to judge the network by.
const BEGIN = { validation_split: '0.1' };

/** The range of a field in words. */
function range(row) {
  const parts = [];
  if (row.minimum !== undefined) parts.push(`from ${number(row.minimum, 6)}`);
  if (row.greater_than !== undefined) parts.push(`above ${number(row.greater_than, 6)}`);
  if (row.maximum < 1e9) parts.push(`to ${number(row.maximum, 6)}`);
  if (row.less_than !== undefined) parts.push(`below ${number(row.less_than, 6)}`);
  return parts.join(' ');
}

/** A field of the form: its value is the text that is sent, '' for none. */
class Field {
  constructor(row, changed) {
    this.row = row;
    this.id = freshId('hyper');
    this.wrong = h('p', { class: 'wrong', id: `${this.id}-wrong` });
    this.input = this.makeInput(changed);
    const span = range(row);
    this.element = h('div', { class: 'field', data: { name: row.name } },
      h('label', { for: this.id }, words(row.name)), this.input, this.wrong,
      h('p', { class: 'help', id: `${this.id}-help` },
        row.help.replace(/\bnull\b/g, setting(null)),
        span && h('span', { class: 'range' }, ` (${span})`)));
    this.standIn(row.default);
  }

  makeInput(changed) {
    const about = { id: this.id, 'aria-describedby': `${this.id}-wrong ${this.id}-help` };
    const { row } = this;
    const choices = row.choices ?? (row.type === 'boolean' ? ['true', 'false'] : null);
    if (choices) {
      this.none = h('option', { value: '' });
      return h('select', { ...about, on: { change: changed } }, this.none,
        choices.map((value) => h('option', { value }, this.named(value))));
    }
    return h('input', { ...about, type: 'text', autocomplete: 'off', spellcheck: 'false',
      inputmode: row.type === 'integers' ? 'text' : 'decimal', value: BEGIN[row.name] ?? '',
      on: { input: changed } });
  }

  named(value) {
    if (this.row.type === 'boolean') return value === 'true' ? 'yes' : 'no';
    return words(value);
  }

  /** What the daemon takes where the field is empty. */
  standIn(value) {
    const text = setting(value);
    if (this.none) say(this.none, `${text} (default)`);
    else this.input.placeholder = text;
  }

  get value() {
    return this.input.value.trim();
  }

  complain(detail) {
    say(this.wrong, detail ?? '');
    if (detail) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }
}

/** Recipes of the daemon as buttons to choose from, and none. */
function recipes(presets, changed) {
  const describe = (values) => Object.entries(values).map(([name, value]) =>
    `${words(name)} ${setting(value)}`).join(', ');
  const all = [...Object.entries(presets).map(([name, values], i) => ({ name, value: name,
    help: describe(values), checked: i === 0 })), { name: 'my own', value: '',
    help: 'the daemon’s defaults, and what you set below', checked: !Object.keys(presets).length }];
  const group = h('fieldset', { class: 'recipes' }, h('legend', null, 'Recipe'),
    all.map(({ name, value, help, checked }) => h('label', { class: 'recipe' },
      h('input', { type: 'radio', name: 'preset', value, checked, on: { change: changed } }),
      h('span', null, h('strong', null, name), h('small', null, help)))));
  return { group, get value() { return group.querySelector('input:checked')?.value ?? ''; } };
}

/** The form of what GET /v1/hyperparameters answered; changed() is called at each change. */
export class HyperForm {
  constructor({ data, presets }, changed) {
    this.presets = presets;
    this.fields = new Map(data.filter((row) => row.name !== 'preset')
      .map((row) => [row.name, new Field(row, changed)]));
    this.preset = recipes(presets, () => {
      this.stand();
      changed();
    });
    const first = FIRST.filter((name) => this.fields.has(name));
    const rest = [...this.fields.keys()].filter((name) => !first.includes(name));
    const show = (names) => h('div', { class: 'fields' }, names.map((name) =>
      this.fields.get(name).element));
    this.more = h('details', null, h('summary', null, `${rest.length} more`), show(rest));
    this.element = h('div', null, this.preset.group, show(first), this.more);
    this.stand();
  }

  /** Shows in empty fields what the recipe, or the daemon, has for them. */
  stand() {
    const values = this.presets[this.preset.value] ?? {};
    for (const [name, field] of this.fields) field.standIn(values[name] ?? field.row.default);
  }

  /** Those to send, by name. */
  values() {
    const given = this.preset.value ? { preset: this.preset.value } : {};
    for (const [name, field] of this.fields) if (field.value !== '') given[name] = field.value;
    return given;
  }

  /** What the dry run resolved, as what stands in empty fields. */
  resolved(values) {
    for (const [name, field] of this.fields) {
      if (name in values && field.value === '') field.standIn(values[name]);
    }
  }

  /** Puts mistakes (?name) at their fields; gives back those that have none. */
  complain(errors) {
    const left = [];
    for (const field of this.fields.values()) field.complain(null);
    for (const error of errors) {
      const field = this.fields.get(/^\?(\w+)/.exec(error.pointer)?.[1]);
      if (!field) left.push(error);
      else {
        field.complain(error.detail);
        if (this.more.contains(field.element)) this.more.open = true;
      }
    }
    return left;
  }
}
