// The page of one job: its curves as they grow, others beside them, and all that is known of it.
import { every, get, list, remove, text } from './api.js';
import { announce, ask, facts, h, later, put, say, table } from './dom.js';
import { ago, bytes, count, duration, moment, number, setting, short, words } from './format.js';
import { lossChart } from './chart.js';
import { cancel } from './jobs.js';
import { fetchHistory, follow, History } from './losses.js';
import { action, badge, command, curl, download, failure, progress, sentence } from './parts.js';

const OPEN = new Set(['queued', 'running']);
const FRAME = 150; // milliseconds between two drawings of a curve that grows

/** What a job is called: by its model, where that has a name of its own. */
function nameOf(job) {
  if (!job.model || job.model.name === job.id) return `job ${short(job.id)}`;
  return `${job.model.name}${job.model.version ? `/${job.model.version}` : ''}`;
}

/** What a job is doing, in a sentence. */
function told(job) {
  const { epoch, epochs, run, runs } = job.progress;
  const which = runs > 1 ? `, training ${run} of ${runs}` : '';
  if (job.state === 'queued') {
    return job.queue_position ? `Waiting: number ${job.queue_position} in the queue.` : 'Waiting.';
  }
  if (job.state === 'running') {
    const left = job.progress.eta_seconds;
    return `Epoch ${count(epoch)} of ${count(epochs)}${which}. ${left !== null
      ? `At most ${duration(left)} to go.` : ''}`;
  }
  const why = { converged: 'the loss did not get better any more',
    early_stopping: 'the validation loss stopped getting better; the best epoch was kept',
    max_epochs: 'all epochs were done', time_limit: 'the time limit was reached' };
  const stop = why[job.stopped_because];
  return `Ended after ${count(epoch)} epochs${which}${stop ? `: ${stop}` : ''}.`;
}

/** The live part at the top: state, progress, numbers. */
function head(job) {
  const line = h('p', { class: 'told' });
  const bar = progress(job);
  const state = h('span');
  const figures = h('div', { class: 'figures' });
  const element = h('section', { class: 'card head', 'aria-label': 'State' },
    h('div', { class: 'row' }, state, line), bar, figures);
  let was = null;
  element.update = (now) => {
    if (was !== now.state) put(state, badge(now.state));
    was = now.state;
    say(line, told(now));
    bar.update(now);
    const p = now.progress;
    put(figures, [['training loss', number(p.train_loss)],
      p.validation_loss !== null && ['validation loss', number(p.validation_loss)],
      p.validation_loss !== null && p.best_epoch !== null && ['best epoch', count(p.best_epoch)],
      ['epochs a second', number(p.epochs_per_second, 3)],
      ['parameters', count(now.parameters)],
      now.started_at && ['time', duration((new Date(now.finished_at ?? Date.now())
        - new Date(now.started_at)) / 1000)],
    ].filter(Boolean).map(([name, value]) => h('div', { class: 'figure' },
      h('span', { class: 'figure-value' }, value), h('span', { class: 'figure-name' }, name))));
  };
  element.update(job);
  return element;
}

/** Why a job failed, with the advice that the daemon has on such a problem. */
function errorCard(job) {
  if (!job.error) return null;
  const advice = h('div', { class: 'advice' });
  text(job.error.type).then((page) => put(advice, page.split('\n\n').slice(1)
    .map((paragraph) => h('p', null, paragraph.replaceAll('\n', ' ')))), () => {});
  return h('section', { class: 'failure card' }, h('h2', null, job.error.title),
    h('p', null, sentence(job.error.detail)), advice);
}

function metricsCard(job) {
  if (!job.metrics) return null;
  const names = ['rmse', 'mae', 'r2', 'mse'];
  const folds = job.metrics.cross_validation;
  const columns = [['training', job.metrics.train], ['validation', job.metrics.validation]]
    .filter(([, m]) => m);
  return h('section', { class: 'card' }, h('h2', null, 'Metrics'),
    h('p', { class: 'help' }, 'In the units of the target. r2 is 1 where every prediction is '
      + 'right, 0 for a guess at the mean.'),
    table('Metrics', ['metric', ...columns.map(([name]) => name), ...(folds
      ? [`${folds.folds} folds, mean`, 'deviation'] : [])],
    names.map((name) => [name, ...columns.map(([, m]) => number(m[name], 5)),
      ...(folds ? [number(folds[name].mean, 5), number(folds[name].std, 3)] : [])]), [1, 2, 3, 4]));
}

async function settingsCard(job) {
  const known = (await get('/v1/hyperparameters')).data;
  const rows = known.filter((row) => row.name in job.hyperparameters).map((row) => ({ ...row,
    value: job.hyperparameters[row.name],
    set: JSON.stringify(row.default) !== JSON.stringify(job.hyperparameters[row.name]) }));
  const show = (some) => h('dl', { class: 'settings' }, some.map((row) => h('div',
    { title: row.help }, h('dt', null, words(row.name)), h('dd', null, setting(row.value)))));
  return h('section', { class: 'card' }, h('h2', null, 'Hyperparameters'),
    show(rows.filter((row) => row.set)),
    h('details', null, h('summary', null, 'Those at their defaults'),
      show(rows.filter((row) => !row.set))));
}

function historyCard(job) {
  return h('section', { class: 'card' }, h('h2', null, 'What happened'),
    h('ol', { class: 'timeline' }, job.transitions.map(({ state, at, reason }) => h('li', null,
      badge(state), h('span', null, words(reason)), h('time', { datetime: at }, moment(at))))),
    facts([['dataset', h('code', null, job.dataset)], ['job', h('code', null, job.id)],
      job.from_model && ['goes on from', job.from_model],
      job.attempts > 1 && ['attempts', count(job.attempts)],
      ...Object.entries(job.labels)]));
}

function commands(job) {
  const path = `/v1/jobs/${job.id}`;
  return h('details', { class: 'card more' }, h('summary', null, 'The same with curl'),
    command('This job', curl(path)),
    command('The loss of every epoch, as CSV', curl(`${path}/loss`, { accept: 'text/csv' })),
    command('What happens, as it happens', curl(`${path}/events`, { flags: ['-N'] })),
    OPEN.has(job.state) && command('Cancel it, keep the model',
      curl(`${path}/cancel`, { method: 'POST' })));
}

async function runsCard(job, choose) {
  if (job.progress.runs < 2) return null;
  const { data } = await get(`/v1/jobs/${job.id}/runs`);
  const show = ({ run }) => !OPEN.has(job.state) && h('button', { type: 'button',
    class: 'quiet small', 'aria-label': `Show run ${run} in the chart`,
    on: { click: () => choose(run) } }, 'Show');
  return h('details', { class: 'card more' },
    h('summary', null, `The ${job.progress.runs} trainings of this job`),
    table('Trainings', ['run', 'part', 'seed', 'epochs', 'training loss', 'validation loss',
      'stopped by', 'chart'], data.map((run) => [count(run.run), run.fold ? `fold ${run.fold}`
      : `member ${run.member}${job.hyperparameters.restarts > 1 ? `, start ${run.restart}` : ''}`,
    String(run.seed), count(run.epoch), number(run.train_loss), number(run.validation_loss),
    words(run.stopped_because ?? ''), show(run)]), [0, 2, 3, 4, 5]));
}

/** The curves: of this job, and of those that are laid over it. */
class Curves {
  constructor(job, signal, others) {
    Object.assign(this, { job, signal, others: new Map() });
    this.history = new History();
    this.chart = lossChart(signal, later(300, (window) => this.refine(window)));
    this.draw = () => {
      const { runs } = this.job.progress;
      this.run.hidden = runs < 2 || !this.history.following;
      say(this.run, `Training ${this.history.following} of ${runs}.`);
      this.chart.set([{ name: nameOf(this.job), history: this.history }, ...this.others.values()]);
    };
    this.soon = () => {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        if (!signal.aborted) this.draw();
      }, FRAME);
    };
    this.chips = h('ul', { class: 'chips' });
    this.pick = h('select', { id: 'compare', on: { change: (event) => {
      const id = event.target.value;
      event.target.value = '';
      if (id) this.compare(id);
    } } }, h('option', { value: '' }, 'choose a job'));
    this.run = h('p', { class: 'help', hidden: true });
    this.element = h('section', { class: 'card', 'aria-label': 'Loss' },
      h('div', { class: 'row' }, h('h2', null, 'Loss'), h('div', { class: 'row compare' },
        h('label', { for: 'compare' }, 'Compare with'), this.pick)), this.chips, this.run,
      this.chart.element);
    this.offer(others);
  }

  async offer(ids) {
    const jobs = await list('/v1/jobs', { most: 200, signal: this.signal });
    this.pick.append(...jobs.filter((job) => job.id !== this.job.id).map((job) => h('option',
      { value: job.id }, `${nameOf(job)}, ${words(job.state)}, ${ago(job.created_at)}`)));
    for (const id of ids) await this.compare(id);
  }

  /** Lays another job's curves over this one's; those of a job that runs are asked for again. */
  async compare(id) {
    if (this.others.has(id) || id === this.job.id) return;
    const job = await get(`/v1/jobs/${id}`, { signal: this.signal });
    const entry = { name: nameOf(job), history: new History(), job };
    this.others.set(id, entry);
    this.chips.append(entry.chip = h('li', null, h('a', { href: `#/jobs/${id}` }, nameOf(job)),
      h('button', { type: 'button', 'aria-label': `Take ${nameOf(job)} out`,
        on: { click: () => this.takeOut(id) } }, '×')));
    await this.load(entry);
    this.remember();
    announce(`${nameOf(job)} is in the chart.`);
  }

  async load(entry) {
    const { runs, run } = entry.job.progress;
    await fetchHistory(entry.job.id, entry.history, { run: runs > 1 ? run : null,
      signal: this.signal });
    this.draw();
  }

  takeOut(id) {
    this.others.get(id)?.chip.remove();
    this.others.delete(id);
    this.remember();
    this.draw();
  }

  /** Into the address, so that it can be kept and sent. */
  remember() {
    const query = this.others.size ? `?with=${[...this.others.keys()].join(',')}` : '';
    history.replaceState(null, '', `#/jobs/${this.job.id}${query}`);
  }

  /** Those of the others that run. */
  async refresh() {
    for (const entry of this.others.values()) {
      if (!OPEN.has(entry.job.state)) continue;
      entry.job = await get(`/v1/jobs/${entry.job.id}`, { signal: this.signal });
      await this.load(entry);
    }
  }

  /** One run of several, or (null) the latest. */
  async showRun(run) {
    await fetchHistory(this.job.id, this.history, { run, signal: this.signal });
    this.history.following = run;
    this.draw();
  }

  /** Reads what is seen in full, where it had been thinned. */
  async refine(window) {
    if (OPEN.has(this.job.state) || !(this.history.thinned || this.refined)) return;
    const { run, runs } = this.job.progress;
    this.refined = window !== null;
    const wide = window ? window[1] - window[0] : 0;
    await fetchHistory(this.job.id, this.history, { signal: this.signal,
      run: runs > 1 ? this.history.following ?? run : null,
      from: window ? window[0] - wide : undefined, to: window ? window[1] + wide : undefined });
    this.draw();
  }
}

function actions(job, refresh) {
  if (OPEN.has(job.state)) {
    return [action('Cancel', 'quiet', async () => { if (await cancel(job)) await refresh(); })];
  }
  return [job.model?.version && h('a', { class: 'button main',
    href: `#/models/${encodeURIComponent(job.model.name)}/${job.model.version}` }, 'Use the model'),
  download('Loss as CSV', `/v1/jobs/${job.id}/loss`, `${nameOf(job).replace('/', '-')}-loss.csv`,
    { accept: 'text/csv' }),
  action('Delete', 'quiet', async () => {
    if (!await ask('Delete this job?', 'Its history of losses will be gone. Its model stays.',
      [['Delete', 'yes', 'danger']])) return;
    await remove(`/v1/jobs/${job.id}`);
    location.hash = '#/jobs';
  })];
}

export async function jobPage(element, [id], signal, query) {
  let job = await get(`/v1/jobs/${id}`, { signal });
  const top = head(job);
  const curves = new Curves(job, signal, query?.get('with')?.split(',') ?? []);
  const buttons = h('div', { class: 'row' });
  const [error, below, after] = [h('div'), h('div', { class: 'columns' }),
    h('div', { class: 'stack' })];
  const title = h('h1');
  const details = async () => {
    say(title, nameOf(job));
    document.title = `${nameOf(job)} · backpropd`;
    put(buttons, actions(job, look));
    put(error, errorCard(job));
    put(below, metricsCard(job), await settingsCard(job), historyCard(job));
    put(after, await runsCard(job, (run) => curves.showRun(run)), commands(job));
  };
  async function look() {
    const before = job.state;
    job = await get(`/v1/jobs/${id}`, { signal });
    curves.job = job;
    top.update(job);
    if (job.state === before) return;
    announce(`The job is ${words(job.state)}.`);
    await details();
  }
  put(element, h('div', { class: 'title' }, title, buttons), top, error,
    curves.element, below, after);
  await details();
  const ended = !OPEN.has(job.state);
  every(2, signal, () => curves.refresh());
  if (ended) {
    const { run, runs } = job.progress;
    if (runs > 1) await curves.showRun(run || 1);
    else curves.draw(await fetchHistory(id, curves.history, { signal }));
    return;
  }
  every(1, signal, async () => { if (OPEN.has(job.state)) await look(); });
  await follow(job, curves.history, { signal, on: { progress: curves.soon, state: look } });
  if (signal.aborted) return;
  await look();
  await curves.refine(curves.chart.window);
}
