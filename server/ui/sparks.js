// The sparklines of the table: fetched for rows that can be seen, a few at a time, once for a job
// that has ended and now and again for one that runs.
import { get } from './api.js';
import { put } from './dom.js';
import { sparkline } from './draw.js';

const AT_ONCE = 2;
const POINTS = 60;
const FRESH = 3000; // milliseconds

export function sparks(signal) {
  const rows = new Map(); // the cell -> its row
  const seen = new Set();
  const queue = new Set();
  let busy = 0;

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(rows.get(target));
      else seen.delete(rows.get(target));
    }
    again();
  }, { rootMargin: '100px' });
  signal.addEventListener('abort', () => observer.disconnect());

  /** Whether what is drawn may be old: of a job that ran, or runs, or has begun since. */
  function isDue(row) {
    const { state, progress } = row.job;
    if (state === 'queued' && !progress.epoch) return false;
    return row.drawn !== `${state} ${progress.epoch}` && !(state === 'running'
      && Date.now() - (row.drawnAt ?? 0) < FRESH);
  }

  async function draw(row) {
    const { id, state, progress } = row.job;
    const run = progress.runs > 1 && progress.run ? `&run=${progress.run}` : '';
    const loss = await get(`/v1/jobs/${id}/loss?points=${POINTS}${run}`, { signal });
    row.drawn = `${state} ${progress.epoch}`;
    row.drawnAt = Date.now();
    put(row.spark, sparkline(loss.train, loss.validation, 'The loss over the epochs'));
  }

  async function work() {
    busy += 1;
    for (const row of queue) {
      queue.delete(row);
      if (signal.aborted || !seen.has(row) || !isDue(row)) continue;
      try {
        await draw(row);
      } catch {
        break; // gone or deleted: the next refresh asks again
      }
    }
    busy -= 1;
  }

  /** Draws what is seen and due. */
  function again() {
    for (const row of seen) if (isDue(row)) queue.add(row);
    while (busy < AT_ONCE && queue.size > busy) work();
  }

  return {
    watch(row) {
      rows.set(row.spark, row);
      observer.observe(row.spark);
    },
    again,
  };
}
