// The page that starts a job: a file, its columns, the hyperparameters, a dry run as they change,
// and the command that does the same.
import { get, post } from './api.js';
import { announce, h, later, nothing, put, save, say } from './dom.js';
import { choiceInWords, columnTable, estimate } from './columns.js';
import { chosen, readCsv } from './csv.js';
import { words } from './format.js';
import { HyperForm } from './hyper.js';
import { action, command, curl, failure, sentence } from './parts.js';

const WAIT = 350; // milliseconds after the last key before a dry run
const NAME = /[^A-Za-z0-9._-]+/g; // what a model's name cannot have

/** A place to drop a file on, and a button to choose one. */
function dropZone(take) {
  const input = h('input', { type: 'file', id: 'file', accept: '.csv,.tsv,.txt,text/csv',
    on: { change: () => { if (input.files[0]) take(input.files[0]); } } });
  const zone = h('div', { class: 'drop' }, h('p', { class: 'drop-title' }, 'Drop a CSV file here'),
    h('p', null, h('label', { for: 'file', class: 'button main' }, 'Choose a file'), input),
    h('p', { class: 'help' }, 'A table of numbers with a first line of names: one row an example, '
      + 'one column for what is to be predicted. It goes to this daemon and nowhere else.'));
  /** From then on it is no more than a place for another file. */
  zone.took = (name) => {
    zone.classList.add('taken');
    say(zone.querySelector('.drop-title'), name);
    say(zone.querySelector('label'), 'Choose another file');
  };
  const over = (on) => (event) => {
    event.preventDefault();
    zone.classList.toggle('over', on);
  };
  zone.addEventListener('dragover', over(true));
  zone.addEventListener('dragleave', over(false));
  zone.addEventListener('drop', (event) => {
    over(false)(event);
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
  return zone;
}

/** A key that makes a repeated POST harmless. */
function onceKey() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('');
}

/** All that is chosen for one file. */
class Plan {
  constructor(file, form, signal) {
    Object.assign(this, { file, form, signal });
    this.columns = columnTable(file, () => this.columnsChanged());
    this.words = h('div');
    this.model = h('input', { id: 'model', type: 'text', maxlength: '100', autocomplete: 'off',
      spellcheck: 'false', 'aria-describedby': 'model-wrong', value: file.name
        .replace(/\.\w+$/, '').replace(NAME, '-').replace(/^-+|-+$/g, ''),
      on: { input: () => this.changed() } });
    this.modelWrong = h('p', { class: 'wrong', id: 'model-wrong' });
    this.found = h('div', { class: 'found', role: 'status' });
    this.start = action('Start training', 'main large', () => this.submit());
    this.key = onceKey();
    this.command = command('The same with curl', '');
    this.save = h('button', { type: 'button', class: 'quiet', hidden: true,
      on: { click: () => save(this.sent.blob, this.sent.name) } }, 'Save the CSV as it is sent');
    this.dry = later(WAIT, () => this.dryRun());
    this.columnsChanged();
  }

  columnsChanged() {
    this.targets = this.columns.used('target');
    this.features = this.columns.used('feature');
    this.sent = chosen(this.file, [...this.features, ...this.targets]);
    const order = this.file.columns.filter((column) => this.targets.includes(column)
      || this.features.includes(column));
    this.sent = chosen(this.file, order);
    put(this.words, choiceInWords(this.file, this.targets, this.features, this.sent));
    this.save.hidden = !this.sent.changed;
    this.changed();
  }

  path(more = {}) {
    const query = new URLSearchParams();
    for (const column of this.targets) query.append('target', column.name);
    if (this.model.value.trim()) query.set('model', this.model.value.trim());
    for (const [name, value] of Object.entries({ ...this.form.values(), ...more })) {
      query.set(name, value.replace(/\s*,\s*/g, ','));
    }
    return `/v1/jobs?${query}`.replaceAll('%2C', ',');
  }

  changed() {
    this.key = onceKey();
    const note = this.sent.changed
      ? `# ${this.sent.name} is the file as it is sent: with the chosen columns and rows alone.\n`
      : '';
    this.command.set(note + curl(this.path(), { type: 'text/csv', data: `@${this.sent.name}` }));
    this.abort?.abort();
    this.start.disabled = true;
    const missing = this.targets.length === 0 ? 'Choose a column as the target: what is to be '
      + 'predicted.' : this.features.length === 0 ? 'Choose at least one column as a feature: what '
        + 'is predicted from.' : '';
    if (missing) {
      put(this.found, h('p', { class: 'wrong' }, missing));
      this.abort = null;
      this.missing = true;
      return;
    }
    this.missing = false;
    this.found.classList.add('asking');
    this.dry();
  }

  async dryRun() {
    if (this.missing || this.signal.aborted) return;
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const found = await post(this.path({ dry_run: 'true' }), this.sent.blob, { signal });
      if (signal.aborted) return;
      this.complain([]);
      this.form.resolved(found.hyperparameters);
      put(this.found, estimate(found), this.warnings(found.warnings));
      this.start.disabled = false;
    } catch (error) {
      if (signal.aborted || this.signal.aborted) return;
      this.refused(error);
    }
    this.found.classList.remove('asking');
  }

  warnings(all) {
    return all.length > 0 && h('div', { class: 'warnings' }, h('h3', null, all.length === 1
      ? 'One thing to know' : `${all.length} things to know`),
    h('ul', null, all.map(({ pointer, column, detail }) => h('li', null,
      h('strong', null, column ?? pointer?.replace(/^\?/, '') ?? ''), ' ', sentence(detail)))));
  }

  /** Puts mistakes at their fields; gives back those that have none. */
  complain(errors) {
    const ofModel = errors.find((error) => error.pointer === '?model');
    say(this.modelWrong, ofModel ? sentence(ofModel.detail) : '');
    if (ofModel) this.model.setAttribute('aria-invalid', 'true');
    else this.model.removeAttribute('aria-invalid');
    return this.form.complain(errors.filter((error) => error !== ofModel));
  }

  /** Nothing was to be done yet, so nothing failed: what is to be mended is told. */
  refused(error) {
    const errors = error.errors ?? [];
    const left = this.complain(errors);
    if (errors.length === 0) {
      put(this.found, failure(error));
      return;
    }
    const at = errors.length - left.length;
    put(this.found, at > 0 && h('p', { class: 'wrong' }, at === 1
      ? 'One setting is not right: it is marked at its field.'
      : `${at} settings are not right: they are marked at their fields.`),
    left.map(({ pointer, detail }) => h('p', { class: 'wrong' },
      h('strong', null, words(pointer.replace(/^\?/, ''))), ' ', sentence(detail))));
  }

  async submit() {
    const job = await post(this.path(), this.sent.blob,
      { headers: { 'Idempotency-Key': this.key } });
    announce('The job is on its way.');
    location.hash = `#/jobs/${job.id}`;
  }

  element() {
    return h('div', { class: 'plan' },
      h('section', { class: 'card' }, h('h2', null, 'Columns'), this.words, this.columns.element),
      h('section', { class: 'card side' }, h('h2', null, 'Start'),
        h('div', { class: 'field' }, h('label', { for: 'model' }, 'Name of the model'), this.model,
          this.modelWrong,
          h('p', { class: 'help' }, 'A name that is there gets a new version.')),
        this.found, h('div', { class: 'startbox' }, this.start)),
      h('section', { class: 'card' }, h('h2', null, 'Hyperparameters'),
        h('p', { class: 'help' }, 'All are optional. An empty field takes what it shows in grey.'),
        this.form.element),
      h('section', { class: 'card' }, this.command, this.save));
  }
}

export async function newPage(element, words, signal) {
  document.title = 'New job · backpropd';
  const content = h('div');
  const known = get('/v1/hyperparameters', { signal });
  let plan = null;
  const take = async (file) => {
    try {
      const form = new HyperForm(await known, () => plan?.changed());
      plan = new Plan(readCsv(await file.text(), file.name), form, signal);
      put(content, plan.element());
      zone.took(file.name);
      announce(`${file.name} was read.`);
    } catch (error) {
      put(content, error.status || error.name === 'Gone' ? failure(error)
        : nothing('This file cannot be used.', h('p', null, error.message)));
    }
  };
  const zone = dropZone(take);
  put(element, h('div', { class: 'title' }, h('h1', null, 'New job')), zone, content);
  await known;
}
