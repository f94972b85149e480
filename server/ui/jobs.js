// The page of all jobs: a live table. The whole list is read once; after that only its newest
// entries and those that wait or run are asked for, so that hundreds of jobs cost no more than ten.
import { every, get, list, post, Problem, remove } from './api.js';
import { announce, ask, h, nothing, put, say } from './dom.js';
import { ago, count, duration, moment, number, short, words } from './format.js';
import { badge, command, curl, failure, progress } from './parts.js';
import { Sparks } from './sparks.js';

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];
const OPEN = new Set(['queued', 'running']);
const MOST = 2000;
const FEW = 8; // jobs that are asked for one by one; of more, the whole list is read again

/** The name of its model; a job that was given none has a model of its own name. */
function nameOf(job) {
  if (!job.model) return 'no model';
  return job.model.name === job.id ? 'unnamed' : job.model.name;
}

/** A row of the table and how it changes; only cells whose text changed are touched. */
class Row {
  constructor(job, owner) {
    this.owner = owner;
    const cell = (label, kind) => h('td', { role: 'cell', class: kind, data: { label } });
    this.state = cell('state', 'state');
    this.model = h('td', { role: 'cell', class: 'model', data: { label: 'model' } });
    this.bar = progress(job, `Progress of ${job.id}`);
    this.epochs = h('span', { class: 'beside' });
    this.speed = cell('epochs/s', 'number');
    this.eta = cell('time left', 'number');
    this.train = cell('train loss', 'number');
    this.validation = cell('validation', 'number');
    this.spark = cell('loss', 'sparkcell');
    this.when = cell('created', 'when');
    this.acts = cell('', 'acts');
    this.element = h('tr', { role: 'row' }, this.model, this.state,
      h('td', { role: 'cell', class: 'far', data: { label: 'progress' } }, this.bar, this.epochs),
      this.speed, this.eta, this.train, this.validation, this.spark, this.when, this.acts);
    this.link = h('a', { href: `#/jobs/${job.id}` });
    this.model.append(this.link, h('span', { class: 'sub', title: job.id }, short(job.id)));
    this.update(job);
  }

  update(job) {
    const { epoch, epochs, run, runs } = job.progress;
    const before = this.job;
    this.job = job;
    const version = job.model?.version ? ` / ${job.model.version}` : '';
    say(this.link, `${nameOf(job)}${version}`);
    this.bar.update(job);
    say(this.epochs, job.state === 'queued' && job.queue_position
      ? `number ${job.queue_position} in the queue`
      : `${count(epoch)} of ${count(epochs)}${runs > 1 ? `, run ${run} of ${runs}` : ''}`);
    say(this.speed, number(job.progress.epochs_per_second, 3));
    say(this.eta, OPEN.has(job.state) ? duration(job.progress.eta_seconds) : '–');
    say(this.train, number(job.progress.train_loss));
    say(this.validation, number(job.progress.validation_loss));
    say(this.when, ago(job.created_at));
    this.when.title = moment(job.created_at);
    if (before?.state === job.state) return;
    this.element.dataset.state = job.state;
    put(this.state, badge(job.state));
    put(this.acts, this.button());
  }

  button() {
    const open = OPEN.has(this.job.state);
    const name = nameOf(this.job);
    return h('button', { type: 'button', class: 'quiet small',
      'aria-label': `${open ? 'Cancel' : 'Delete'} the job of ${name}`,
      on: { click: () => this.owner.act(this, open) } }, open ? 'Cancel' : 'Delete');
  }
}

/** The list, kept in step with the daemon. */
class Jobs {
  constructor(body, spark, changed) {
    this.rows = new Map();
    Object.assign(this, { body, spark, changed, filter: '' });
  }

  /** Takes in what the daemon told about jobs; new ones go where their age puts them. */
  take(jobs) {
    for (const job of jobs) {
      const row = this.rows.get(job.id);
      if (row) {
        row.update(job);
        this.veil(row);
      } else this.add(new Row(job, this));
    }
    this.changed();
  }

  add(row) {
    const { id } = row.job;
    this.rows.set(id, row);
    const older = [...this.body.children].find((other) => other.dataset.id < id);
    row.element.dataset.id = id;
    this.veil(row);
    this.body.insertBefore(row.element, older ?? null);
    this.spark.watch(row);
  }

  /** A row is seen while its job is in the state that is asked for. */
  veil(row) {
    row.element.hidden = this.filter !== '' && row.job.state !== this.filter;
  }

  drop(id) {
    this.rows.get(id)?.element.remove();
    this.rows.delete(id);
    this.changed();
  }

  show(filter) {
    this.filter = filter;
    for (const row of this.rows.values()) this.veil(row);
    this.changed();
  }

  counts() {
    const found = Object.fromEntries(STATES.map((state) => [state, 0]));
    for (const row of this.rows.values()) found[row.job.state] += 1;
    return found;
  }

  /** Asks for what may have changed: the newest, those that wait or run, and those that no longer
   * do. */
  async refresh(signal) {
    const [newest, running, queued] = await Promise.all([
      get('/v1/jobs?limit=20', { signal }), get('/v1/jobs?state=running&limit=200', { signal }),
      get('/v1/jobs?state=queued&limit=200', { signal })]);
    const told = new Map([...newest.data, ...queued.data, ...running.data]
      .map((job) => [job.id, job]));
    const lost = () => [...this.rows.values()].filter((row) => OPEN.has(row.job.state)
      && !told.has(row.job.id));
    if (lost().length > FEW) {
      for (const job of await list('/v1/jobs', { most: MOST, signal })) told.set(job.id, job);
    }
    for (const row of lost().slice(0, FEW)) await this.look(row.job.id, told, signal);
    this.take(told.values());
    this.spark.again();
  }

  async look(id, told, signal) {
    try {
      told.set(id, await get(`/v1/jobs/${id}`, { signal }));
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      this.drop(id);
    }
  }

  async act(row, open) {
    const { id } = row.job;
    const name = nameOf(row.job);
    try {
      if (open) await cancel(row.job);
      else if (await ask('Delete this job?', `The job of ${name} and its history of losses will `
        + 'be gone. Its model stays.', [['Delete', 'yes', 'danger']])) {
        await remove(`/v1/jobs/${id}`);
        this.drop(id);
        announce('Deleted.');
      }
      if (open) this.take([await get(`/v1/jobs/${id}`)]);
    } catch (error) {
      const line = h('tr', { role: 'row' }, h('td', { role: 'cell', colspan: 10 },
        failure(error)));
      row.element.after(line);
      setTimeout(() => line.remove(), 8000);
    }
  }
}

/** Asks how, and cancels; whether it was done. */
export async function cancel(job) {
  const how = await ask('Cancel this job?', job.state === 'running'
    ? 'The weights so far can be kept as a model, or be thrown away.'
    : 'It has not begun, so nothing is lost.', job.state === 'running'
    ? [['Throw away', 'discard', 'danger'], ['Keep the model', 'keep', 'main']]
    : [['Cancel the job', 'keep', 'main']]);
  if (!how) return false;
  await post(`/v1/jobs/${job.id}/cancel${how === 'discard' ? '?discard=true' : ''}`);
  announce('The job is being cancelled.');
  return true;
}

const HEAD = [['Model', ''], ['State', ''], ['Progress', ''], ['Epochs/s', 'number'],
  ['Time left', 'number'], ['Train loss', 'number'], ['Validation', 'number'], ['Loss', ''],
  ['Created', ''], ['', '']];

function frame() {
  const body = h('tbody', { role: 'rowgroup' });
  const head = h('tr', { role: 'row' }, HEAD.map(([name, kind]) => h('th', { role: 'columnheader',
    scope: 'col', class: kind }, name || h('span', { class: 'hidden' }, 'Actions'))));
  return { body, table: h('table', { class: 'jobs', role: 'table', 'aria-label': 'Jobs' },
    h('thead', { role: 'rowgroup' }, head), body) };
}

function filters(choose) {
  const all = ['', ...STATES];
  const labels = new Map();
  const box = h('fieldset', { class: 'filters' }, h('legend', { class: 'hidden' }, 'Show'),
    all.map((state) => {
      const label = h('span', null, state || 'all');
      labels.set(state, label);
      return h('label', null, h('input', { type: 'radio', name: 'filter', value: state,
        checked: state === '', on: { change: () => choose(state) } }), label);
    }));
  box.count = (counts, total) => {
    for (const state of all) say(labels.get(state), `${state || 'all'} ${state ? counts[state]
      : total}`);
  };
  return box;
}

const empty = () => nothing('No job has been started yet.',
  h('p', null, 'A job trains a network on a table of numbers: a CSV file is all it takes.'),
  h('p', null, h('a', { class: 'button main', href: '#/new' }, 'Start the first one')));

export async function jobsPage(element, words_, signal) {
  document.title = 'Jobs · backpropd';
  const { body, table } = frame();
  const none = h('div', { hidden: true }, empty());
  const few = h('p', { class: 'help', hidden: true });
  const spark = new Sparks(signal);
  const choose = filters((state) => jobs.show(state));
  const content = h('div', { class: 'tablebox' }, table);
  const jobs = new Jobs(body, spark, () => {
    const counts = jobs.counts();
    choose.count(counts, jobs.rows.size);
    none.hidden = jobs.rows.size > 0;
    content.hidden = choose.hidden = jobs.rows.size === 0;
    few.hidden = jobs.filter === '' || counts[jobs.filter] > 0 || jobs.rows.size === 0;
    say(few, `No job is ${words(jobs.filter)} now.`);
  });
  put(element, h('div', { class: 'title' }, h('h1', null, 'Jobs'),
    h('a', { class: 'button main', href: '#/new' }, 'New job')), choose, none, few, content,
  h('details', { class: 'card more' }, h('summary', null, 'The same with curl'),
    command('All jobs, newest first', curl('/v1/jobs')),
    command('Those that run', curl('/v1/jobs?state=running'))));
  choose.hidden = true;
  await list('/v1/jobs', { most: MOST, signal, each: (page) => jobs.take(page) });
  await every(1.5, signal, () => jobs.refresh(signal));
}
