// Pieces that several pages show: states, progress, errors, commands to copy, downloads.
import { Gone, Problem, request, token } from './api.js';
import { announce, h, s, save, say } from './dom.js';
import { quoted, words } from './format.js';

/** The shape of each state, so that it is told by more than its colour. */
const shapes = {
  queued: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2.2 1.4',
  running: 'M8 2a6 6 0 0 1 6 6M8 14a6 6 0 0 1-6-6',
  succeeded: 'M3 8.5l3.3 3.3L13 5',
  failed: 'M4 4l8 8M12 4l-8 8',
  cancelled: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5 8h6',
};

/** A job's state as a sign and a word. */
export function badge(state) {
  return h('span', { class: 'badge', data: { state } },
    s('svg', { viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true' },
      s('path', { d: shapes[state] ?? shapes.queued })), words(state));
}

/** How far a job is, from 0 to 1: of all its runs. */
export function share(job) {
  const { run, runs, epoch, epochs } = job.progress;
  if (job.state === 'succeeded') return 1;
  const within = epochs > 0 ? Math.min(1, epoch / epochs) : 0;
  return runs > 0 ? Math.min(1, (Math.max(run, 1) - 1 + within) / runs) : 0;
}

/** A bar of progress; update(job) moves it. */
export function progress(job, label = 'Progress') {
  const fill = h('span', { class: 'bar-fill' });
  const bar = h('span', { class: 'bar', role: 'progressbar', 'aria-label': label,
    'aria-valuemin': '0', 'aria-valuemax': '100' }, fill);
  bar.update = (now) => {
    const percent = Math.floor(share(now) * 100);
    bar.dataset.state = now.state;
    bar.setAttribute('aria-valuenow', percent);
    fill.style.setProperty('--share', `${share(now) * 100}%`);
  };
  bar.update(job);
  return bar;
}

/** An error in plain words, with each mistake and its place. */
export function failure(error) {
  const name = error instanceof Gone ? 'The daemon does not answer'
    : error.status === 401 ? 'A token is needed'
      : error.status === 403 ? 'This token is not trusted with that'
        : error.status === 404 ? 'This is not there' : 'That did not work';
  const known = error instanceof Problem || error instanceof Gone;
  const more = (error.errors ?? []).filter((one) => !error.message.includes(one.detail));
  return h('div', { class: 'failure card', role: 'alert' }, h('h2', null, name),
    h('p', null, known ? sentence(error.message) : `A fault of this page: ${error.message}`),
    more.length > 0 && h('ul', null, more.map((one) => h('li', null,
      h('code', null, one.pointer), ' ', one.detail))),
    error.status === 401 && h('button', { class: 'main', type: 'button',
      on: { click: () => location.reload() } }, 'Sign in'));
}

/** As a sentence: a capital at its beginning, a full stop at its end. */
export function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Where the daemon is, as a command names it. */
function place() {
  return location.protocol === 'http:' ? location.host : location.origin;
}

/** The words of a curl command; a token is named and never shown. */
export function curl(path, { method, type, data, accept, output, flags = [] } = {}) {
  const parts = ['curl', ...flags];
  if (method) parts.push(`-X ${method}`);
  if (token.get()) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (type) parts.push(`-H 'Content-Type: ${type}'`);
  if (accept) parts.push(`-H 'Accept: ${accept}'`);
  if (data) parts.push(data.startsWith('@') ? `--data-binary ${quoted(data)}`
    : `-d ${quoted(data)}`);
  if (output) parts.push(`-o ${quoted(output)}`);
  parts.push(quoted(`${place()}${path}`));
  const line = parts.join(' ');
  return line.length <= 80 ? line : parts.slice(0, -1).join(' ') + ` \\\n  ${parts.at(-1)}`;
}

/** Commands to copy; set(text) changes them. */
export function command(label, text) {
  const code = h('code', null, text);
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${label}` },
    'Copy');
  button.addEventListener('click', async () => {
    const done = await copy(code.textContent);
    say(button, done ? 'Copied' : 'Select and copy');
    announce(done ? 'Copied.' : 'The text is selected.');
    if (!done) getSelection().selectAllChildren(code);
    setTimeout(() => say(button, 'Copy'), 2000);
  });
  const box = h('figure', { class: 'command' }, h('figcaption', null, label, button),
    h('pre', { tabindex: '0' }, code));
  box.set = (now) => say(code, now);
  return box;
}

async function copy(content) {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    return false; // not over plain HTTP from afar, or not allowed
  }
}

/** A button that saves what a path answers; a link could not show the token. */
export function download(label, path, name, { kind = 'quiet', accept } = {}) {
  const button = h('button', { type: 'button', class: kind }, label);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const answer = await request(path, { headers: accept ? { Accept: accept } : {} });
      const said = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') ?? '');
      save(await answer.blob(), said ? said[1] : name);
      announce(`Saved ${said ? said[1] : name}.`);
    } catch (error) {
      button.after(failure(error));
    }
    button.disabled = false;
  });
  return button;
}

/** A button for something that takes a while and may fail; the failure is shown after it. */
export function action(label, kind, run) {
  const button = h('button', { type: 'button', class: kind }, label);
  button.addEventListener('click', async () => {
    button.disabled = true;
    button.parentElement?.querySelector(':scope > .failure')?.remove();
    try {
      await run();
    } catch (error) {
      button.parentElement?.append(failure(error));
    }
    button.disabled = false;
  });
  return button;
}
