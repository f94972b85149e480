// The page of the daemon itself: what it is, whether it is well, and what it answers how fast.
import { every, get, text } from './api.js';
import { facts, h, put, table } from './dom.js';
import { bytes, count, duration, number, words } from './format.js';
import { command, curl } from './parts.js';

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;

/** Prometheus' text as [{name, labels, value}]. */
function parse(page) {
  return page.split('\n').map((line) => LINE.exec(line)).filter(Boolean)
    .map(([, name, labels, value]) => ({ name, value: Number(value),
      labels: Object.fromEntries([...(labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
        .map(([, key, said]) => [key, said])) }));
}

/** The time that so large a share of a histogram's cases kept within: between two bounds, as if
 * they were spread evenly there. */
function quantile(buckets, share) {
  const sorted = buckets.map(({ labels, value }) => [Number(labels.le.replace('+Inf', 'Infinity')),
    value]).sort((a, b) => a[0] - b[0]);
  const all = sorted.at(-1)?.[1] ?? 0;
  let [below, before] = [0, 0];
  for (const [bound, n] of sorted) {
    if (n >= share * all && n > before) {
      if (!Number.isFinite(bound)) return below;
      return below + (bound - below) * ((share * all - before) / (n - before));
    }
    [below, before] = [bound, n];
  }
  return null;
}

/** The routes: requests, errors, and the times of all methods' histograms. */
function routes(samples) {
  const found = new Map();
  for (const { name, labels, value } of samples) {
    if (!labels.route) continue;
    const key = `${labels.method} ${labels.route}`;
    const route = found.get(key) ?? { requests: 0, errors: 0, buckets: [], sum: 0 };
    found.set(key, route);
    if (name === 'backpropd_http_requests_total') {
      route.requests += value;
      if (labels.code >= '400') route.errors += value;
    } else if (name === 'backpropd_http_request_duration_seconds_bucket') {
      route.buckets.push({ labels, value });
    } else if (name === 'backpropd_http_request_duration_seconds_sum') route.sum = value;
  }
  return [...found].filter(([, route]) => route.requests > 0)
    .sort((a, b) => b[1].requests - a[1].requests);
}

function routeTable(samples) {
  return table('Requests', ['Route', 'Requests', 'Errors', 'Mean', 'Half within', '95 % within',
    '99 % within'], routes(samples).map(([key, route]) => [h('code', null, key),
    count(route.requests), count(route.errors), duration(route.sum / route.requests),
    ...[0.5, 0.95, 0.99].map((share) => duration(quantile(route.buckets, share)))]),
  [1, 2, 3, 4, 5, 6]);
}

function checksList(ready) {
  return h('ul', { class: 'checks' }, Object.entries(ready.checks).map(([name, check]) => h('li',
    { data: { ok: check.ok } }, h('span', { class: 'check', 'aria-hidden': 'true' },
      check.ok ? '✓' : '✗'), h('strong', null, words(name)), h('span', null, check.ok
      ? check.detail?.replace(/(\d+) bytes/, (_, n) => bytes(Number(n))) ?? 'in order'
      : check.detail ?? 'not in order'))));
}

function figures(version, samples) {
  const value = (name, labels = {}) => samples.find((sample) => sample.name === name
    && Object.entries(labels).every(([key, text_]) => sample.labels[key] === text_))?.value;
  const jobs = (state) => value('backpropd_jobs', { state });
  const figure = (text_, name) => h('div', { class: 'figure' },
    h('span', { class: 'figure-value' }, text_), h('span', { class: 'figure-name' }, name));
  return h('div', { class: 'figures large' },
    figure(duration(Date.now() / 1000 - value('process_start_time_seconds')), 'up'),
    figure(`${count(value('backpropd_workers_busy'))} of ${count(value('backpropd_workers'))}`,
      'workers busy'),
    figure(count(jobs('queued')), 'jobs queued'), figure(count(jobs('running')), 'jobs running'),
    figure(count(value('backpropd_epochs_total')), 'epochs trained'),
    figure(bytes(value('process_resident_memory_bytes')), 'memory'),
    figure(bytes(value('backpropd_store_size_bytes')), 'store'),
    figure(bytes(value('backpropd_store_free_bytes')), 'free on its disk'),
    figure(count(value('backpropd_http_connections')), 'connections'));
}

function about(version, samples) {
  const sum = (name) => samples.filter((sample) => sample.name === name)
    .reduce((all, sample) => all + sample.value, 0);
  const errors = sum('backpropd_store_read_errors_total')
    + sum('backpropd_store_write_errors_total');
  return facts([['version', version.version], ['core built for', version.core],
    ['journal of the store', version.journal_mode],
    ['processor time', duration(sum('process_cpu_seconds_total'))],
    ['models in memory', `${count(sum('backpropd_models_cached'))}, `
      + `${bytes(sum('backpropd_models_cached_bytes'))}`],
    ['rows predicted', count(sum('backpropd_predicted_rows_total'))],
    ['errors of the store', number(errors)]]);
}

export async function systemPage(element, words_, signal) {
  document.title = 'System · backpropd';
  const [top, checks, more, requests] = [h('div'), h('div'), h('div'), h('div')];
  put(element, h('div', { class: 'title' }, h('h1', null, 'System')),
    h('section', { class: 'card', 'aria-label': 'Now' }, top),
    h('div', { class: 'columns' }, h('section', { class: 'card' }, h('h2', null, 'Health'), checks),
      h('section', { class: 'card' }, h('h2', null, 'About'), more)),
    h('section', { class: 'card' }, h('h2', null, 'Requests since its start'), requests),
    h('details', { class: 'card more' }, h('summary', null, 'The same with curl'),
      command('Version', curl('/version')), command('Health', curl('/readyz?verbose')),
      command('Metrics, for Prometheus', curl('/metrics'))));
  await every(2, signal, async () => {
    const [version, page] = await Promise.all([get('/version', { signal }),
      text('/metrics', { signal })]);
    const ready = await get('/readyz?verbose', { signal })
      .catch((error) => ({ checks: { daemon: { ok: false, detail: error.message } } }));
    const samples = parse(page);
    put(top, figures(version, samples));
    put(checks, checksList(ready));
    put(more, about(version, samples));
    if (!requests.contains(document.activeElement)) put(requests, routeTable(samples));
  });
}
