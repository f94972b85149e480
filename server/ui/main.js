// The frame: which page is shown, the state of the connection, and signing in.
import { every, get, Gone, onState, Problem, signInBy, token } from './api.js';
import { announce, h, put, say } from './dom.js';
import { failure } from './parts.js';
import { jobsPage } from './jobs.js';
import { jobPage } from './job.js';
import { newPage } from './new.js';
import { modelsPage } from './models.js';
import { modelPage } from './model.js';
import { systemPage } from './system.js';

const main = document.getElementById('main');
let leave = null; // the AbortController of the page that is shown
let shown = '';
let cutOff = false; // the daemon went while the page was being made; what there is stays

/** Each makes its page inside an element: (element, words of the address, signal). */
const pages = { jobs: jobsPage, new: newPage, models: modelsPage, system: systemPage };
/** Those of one entry of a list: #/jobs/ID, #/models/NAME/VERSION. */
const entries = { jobs: jobPage, models: modelPage };

/** What is not percent-encoded right is taken as it stands: there is nothing of that name. */
function decoded(word) {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

async function show() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...rest] = path.split('/').filter(Boolean).map(decoded);
  if (location.hash && !location.hash.startsWith('#/')) return; // a place on this page
  if (path === shown && query === undefined && leave) return;
  const page = pages[name] ? name : 'jobs';
  const make = rest.length > 0 && entries[page] ? entries[page] : pages[page];
  const first = leave === null;
  leave?.abort();
  leave = new AbortController();
  shown = path;
  cutOff = false;
  for (const link of document.querySelectorAll('nav [data-page]')) {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const element = h('div', { class: 'page' });
  put(main, element);
  window.scrollTo(0, 0);
  if (!first) main.focus({ preventScroll: true });
  const { signal } = leave;
  try {
    // Signs in before a page is made, whose commands then name the token: of what needs no store.
    if (!token.get()) await get('/v1/hyperparameters', { signal });
    await make(element, rest, signal, new URLSearchParams(query));
  } catch (error) {
    if (signal.aborted) return;
    cutOff = error instanceof Gone && element.childElementCount > 0;
    if (!cutOff) put(element, failure(error));
  }
}

const link = document.getElementById('link');
const gone = document.getElementById('gone');

onState((state, heard) => {
  const name = { here: 'connected', gone: 'no answer', asking: 'connecting' }[state];
  const was = link.dataset.state;
  link.dataset.state = state;
  say(link, name);
  gone.hidden = state !== 'gone';
  document.body.classList.toggle('is-gone', state === 'gone');
  if (state === 'gone') {
    put(gone, h('strong', null, 'The daemon does not answer. '),
      `${heard ? `It last did at ${heard.toLocaleTimeString('en-GB')}. ` : ''}`,
      'What you see is what was known then; this page goes on by itself as soon as it is back.');
  } else if (was === 'gone') {
    put(gone);
    announce('The daemon is back.');
    if (cutOff || main.querySelector('.failure')) again();
  }
});

/** The page anew. */
function again() {
  shown = '\n';
  show();
}

const dialog = document.getElementById('sign-in');
const out = document.getElementById('sign-out');

/** Asks for a token until the daemon takes it; null where the reader closes the dialog. */
function signIn(refused) {
  const field = dialog.querySelector('#token');
  const wrong = dialog.querySelector('#token-wrong');
  say(wrong, refused ? 'The daemon does not know this token any more.' : '');
  token.clear();
  field.value = '';
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    const form = dialog.querySelector('form');
    async function submit(event) {
      event.preventDefault();
      const given = field.value.trim();
      try {
        await get('/v1/hyperparameters', { quiet: true,
          headers: { Authorization: `Bearer ${given}` } });
      } catch (error) {
        const known = (error instanceof Problem && error.status !== 401) || error instanceof Gone;
        say(wrong, known ? error.message : 'The daemon does not know this token.');
        field.select();
        return;
      }
      if (!dialog.open) return; // the reader was faster
      token.set(given);
      dialog.close();
    }
    form.addEventListener('submit', submit);
    // The event comes a frame after close(): nothing ends before it, or it would end the next one.
    dialog.addEventListener('close', () => {
      form.removeEventListener('submit', submit);
      field.value = '';
      out.hidden = !token.get();
      if (token.get()) announce('Signed in.');
      resolve(token.get());
    }, { once: true });
  });
}

signInBy(signIn);
out.hidden = !token.get();
out.addEventListener('click', () => {
  token.clear();
  out.hidden = true;
  again();
});
// So that also a page which asks for nothing knows whether the daemon is there.
every(5, new AbortController().signal, () => get('/livez', { quiet: true }));
window.addEventListener('hashchange', show);
show();
