// The history of a job's loss as the page holds it, and the stream that it grows from.
import { Gone, Problem, get, lines } from './api.js';

const MOST = 6000; // points that are held; more are thinned to half of that at most
const REPLAY = 3000; // a longer history is read thinned, and the stream taken up behind it

/** Columns of equal length: epoch, train, validation (null where nothing was held out). */
export class History {
  constructor(run = null) {
    this.run = run; // the one that is held; null: whichever is the latest
    this.clear();
  }

  clear() {
    this.epoch = [];
    this.train = [];
    this.validation = [];
    this.stride = 1;
    this.thinned = false;
  }

  get hasValidation() {
    return this.validation.some((value) => value !== null);
  }

  /** Takes in an answer of /loss. */
  replace(loss, points) {
    this.epoch = loss.epoch;
    this.train = loss.train;
    this.validation = loss.validation ?? loss.epoch.map(() => null);
    this.stride = 1;
    this.thinned = points !== undefined && loss.epoch.length >= points - 1;
  }

  /** Takes in an event of progress. */
  add({ run, epoch, train_loss: train, validation_loss: validation }) {
    if (this.following !== run) {
      this.clear();
      this.following = run;
    }
    if (this.epoch.length && epoch <= this.epoch.at(-1)) return; // told again after a restart
    this.epoch.push(epoch);
    this.train.push(train);
    this.validation.push(validation);
    if (this.epoch.length > MOST) this.thin();
  }

  /** Stretches of equally many epochs keep their lowest and highest losses, so that peaks stay;
   * they double until few enough points are left. So the oldest part is as fine as the newest,
   * however often this is done. The first point and the last stay. */
  thin() {
    let kept = this.outliers();
    while (kept.length > MOST / 2) {
      this.stride *= 2;
      kept = this.outliers();
    }
    for (const name of ['epoch', 'train', 'validation']) {
      this[name] = kept.map((i) => this[name][i]);
    }
    this.thinned = true;
  }

  /** Which points thin() keeps at this stride. */
  outliers() {
    const last = this.epoch.length - 1;
    const kept = new Set([0, last]);
    const stretchOf = (i) => Math.floor(this.epoch[i] / this.stride);
    const lines = this.hasValidation ? [this.train, this.validation] : [this.train];
    for (let begin = 0, end; begin <= last; begin = end) {
      for (end = begin + 1; end <= last && stretchOf(end) === stretchOf(begin);) end += 1;
      for (const line of lines) for (const i of extremes(line, begin, end)) kept.add(i);
    }
    return [...kept].sort((a, b) => a - b);
  }
}

/** Where the lowest and the highest of the values from begin to before end are. */
function extremes(values, begin, end) {
  let [low, high] = [begin, begin];
  for (let i = begin + 1; i < end; i += 1) {
    if (values[i] < values[low]) low = i;
    if (values[i] > values[high]) high = i;
  }
  return [low, high];
}

/** The history of a job, thinned to so many points, or a stretch of it. */
export async function fetchHistory(id, history, { points = 2000, run = null, from, to, signal }) {
  const query = new URLSearchParams({ points });
  if (run) query.set('run', run);
  if (from !== undefined) query.set('from', Math.max(0, Math.floor(from)));
  if (to !== undefined) query.set('to', Math.ceil(to));
  history.replace(await get(`/v1/jobs/${id}/loss?${query}`, { signal }), points);
  return history;
}

/** What is stored of a long history, and the event that it ends with; '' to hear all of it. */
async function catchUp(job, history, signal) {
  const { run, runs, epoch } = job.progress;
  if (job.state !== 'running' || epoch < REPLAY) return '';
  await fetchHistory(job.id, history, { run: runs > 1 ? run : null, signal });
  history.following = run;
  return history.epoch.length ? `${job.transitions.length}-${run}-${history.epoch.at(-1)}` : '';
}

/** A signal for one stream: aborted with the page, and when it is not looked at any more, as a
 * browser keeps few connections to one host, for all of its tabs. */
function whileSeen(signal) {
  const one = new AbortController();
  const stop = () => one.abort();
  signal.addEventListener('abort', stop, { signal: one.signal });
  document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); },
    { signal: one.signal });
  return one;
}

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** Listens to a job until its end, over lost connections and restarts of the daemon.
 * on: progress(event), state(event). */
export async function follow(job, history, { signal, on }) {
  let last = await catchUp(job, history, signal);
  let ended = false;
  const each = ({ id, event, data }) => {
    last = id ?? last;
    if (event === 'progress') {
      history.add(data);
      on.progress(data);
    } else if (event === 'state') on.state(data);
    else if (event === 'end') ended = true;
  };
  while (!ended && !signal.aborted) {
    const one = whileSeen(signal);
    try {
      if (!document.hidden) {
        await lines(`/v1/jobs/${job.id}/events`, { signal: one.signal, each,
          headers: last ? { 'Last-Event-ID': last } : {} });
      }
    } catch (error) {
      if (signal.aborted) return;
      const passes = one.signal.aborted || error instanceof Gone
        || (error instanceof Problem && error.status === 503);
      if (!passes) throw error;
    }
    one.abort();
    if (!ended) await pause(1000);
  }
}
