// The sparklines of the table: fetched for rows that can be seen, a few at a time, once for a job
// that has ended and now and again for one that runs.
import { get } from './api.js';
import { put } from './dom.js';
import { sparkline } from './draw.js';

const AT_ONCE = 2;
const POINTS = 60;
const FRESH = 3000; // milliseconds

/** Whether what is drawn of a row may be old: of a job that runs, or has since it was drawn. */
function isDue({ job: { state, progress }, drawn, drawnAt = 0 }) {
  if (state === 'queued' && !progress.epoch) return false;
  return drawn !== `${state} ${progress.epoch}`
    && !(state === 'running' && Date.now() - drawnAt < FRESH);
}

/** Draws into row.spark what row.job says, for rows that are watched and seen. */
export class Sparks {
  constructor(signal) {
    Object.assign(this, { signal, rows: new Map(), seen: new Set(), queue: new Set(), busy: 0 });
    this.observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.seen.add(this.rows.get(target));
        else this.seen.delete(this.rows.get(target));
      }
      this.again();
    }, { rootMargin: '100px' });
    signal.addEventListener('abort', () => this.observer.disconnect());
  }

  watch(row) {
    this.rows.set(row.spark, row);
    this.observer.observe(row.spark);
  }

  /** Draws what is seen and due. */
  again() {
    for (const row of this.seen) if (isDue(row)) this.queue.add(row);
    while (this.busy < AT_ONCE && this.queue.size > this.busy) this.work();
  }

  async work() {
    this.busy += 1;
    for (const row of this.queue) {
      this.queue.delete(row);
      if (this.signal.aborted || !this.seen.has(row) || !isDue(row)) continue;
      try {
        await this.draw(row);
      } catch {
        break; // gone or deleted: the next refresh asks again
      }
    }
    this.busy -= 1;
  }

  async draw(row) {
    const { id, state, progress } = row.job;
    const run = progress.runs > 1 && progress.run ? `&run=${progress.run}` : '';
    const loss = await get(`/v1/jobs/${id}/loss?points=${POINTS}${run}`, { signal: this.signal });
    row.drawn = `${state} ${progress.epoch}`;
    row.drawnAt = Date.now();
    put(row.spark, sparkline(loss.train, loss.validation, 'The loss over the epochs'));
  }
}
