// The one way to the daemon: its public interface, with the tab's token in a header, errors as
// Problems, and a voice that says when the daemon is gone and when it is back.

const KEY = 'backpropd-token';
const listeners = new Set();
let state = 'asking'; // 'here', 'gone'
let lastHeard = null;
let waiting = null; // the promise of a token, while one is asked for
let askForToken = async () => null;

/** An answer that is an error: `detail` is for people, `errors` has each mistake's place. */
export class Problem extends Error {
  constructor(document) {
    super(document.detail ?? 'The daemon refused this and did not say why.');
    this.status = document.status;
    this.errors = document.errors ?? [];
    this.type = document.type ?? '';
  }
}

/** The daemon did not answer at all. */
export class Gone extends Error {}

export const token = {
  get: () => sessionStorage.getItem(KEY),
  set: (text) => sessionStorage.setItem(KEY, text),
  clear: () => sessionStorage.removeItem(KEY),
};

/** run(state, lastHeard) now and at each change: 'asking', 'here', 'gone'. */
export function onState(run) {
  listeners.add(run);
  run(state, lastHeard);
}

/** Who is asked for a token when the daemon wants one: a promise of it, or of null. */
export function signInBy(run) {
  askForToken = run;
}

function become(next) {
  if (next === 'here') lastHeard = new Date();
  if (next === state) return;
  state = next;
  for (const run of listeners) run(state, lastHeard);
  if (state === 'gone') knock();
}

/** Asks whether the daemon is there until it is. */
async function knock() {
  for (let wait = 500; state === 'gone'; wait = Math.min(wait * 1.5, 4000)) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    try {
      const answer = await fetch('/livez', { cache: 'no-store' });
      if (answer.ok) become('here');
    } catch {
      // not yet
    }
  }
}

function headersOf(given) {
  const headers = new Headers(given);
  if (token.get()) headers.set('Authorization', `Bearer ${token.get()}`);
  return headers;
}

async function send(path, options) {
  const headers = headersOf(options.headers); // no fault of the daemon's where a token fits none
  try {
    const answer = await fetch(path, { ...options, cache: 'no-cache', credentials: 'omit',
      headers });
    become('here');
    return answer;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    become('gone');
    throw new Gone('The daemon does not answer.');
  }
}

async function problemOf(answer) {
  try {
    return new Problem(await answer.json());
  } catch {
    return new Problem({ status: answer.status, detail: `The daemon answered ${answer.status}.` });
  }
}

/** A token, asked for once however many requests need it. */
function obtainToken(refused) {
  waiting ??= askForToken(refused).finally(() => { waiting = null; });
  return waiting;
}

/** The Response of a request; a Problem is thrown where it is an error. Signs in where it must. */
export async function request(path, options = {}) {
  const shown = token.get();
  const answer = await send(path, options);
  if (answer.ok) return answer;
  if (answer.status === 401 && !options.quiet) {
    const now = token.get();
    const given = now && now !== shown ? now : await obtainToken(shown);
    if (given) return request(path, options);
  }
  throw await problemOf(answer);
}

/** The JSON of a GET. */
export async function get(path, options) {
  return (await request(path, options)).json();
}

export async function text(path, options) {
  return (await request(path, options)).text();
}

/** Posts a body: a Blob is CSV, anything else JSON; gives the JSON of the answer. */
export async function post(path, body, options = {}) {
  const csv = body instanceof Blob;
  const type = csv ? 'text/csv' : 'application/json';
  const answer = await request(path, { method: 'POST', ...options,
    body: csv || body === undefined ? body : JSON.stringify(body),
    headers: { ...(body === undefined ? {} : { 'Content-Type': type }), ...options.headers } });
  return answer.status === 204 ? null : answer.json();
}

export async function remove(path) {
  await request(path, { method: 'DELETE' });
}

/** The entries of a list, at most so many; pages are handed to `each` as they come. */
export async function list(path, { most = 1000, each, signal } = {}) {
  const all = [];
  let next = null;
  do {
    const url = new URL(path, location.origin);
    url.searchParams.set('limit', Math.min(most - all.length, next ? 200 : 50));
    if (next) url.searchParams.set('after', next);
    const page = await get(url.pathname + url.search, { signal });
    all.push(...page.data);
    each?.(page.data);
    next = page.next;
  } while (next && all.length < most);
  return all;
}

/** Lines of JSON as they arrive, each handed to `each`; returns when the daemon has ended them. */
export async function lines(path, { signal, headers, each }) {
  const answer = await request(path, { signal,
    headers: { Accept: 'application/x-ndjson', ...headers } });
  if (answer.status === 204) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    let chunk;
    try {
      chunk = await reader.read();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Gone('The stream was cut off.');
    }
    if (chunk.done) return;
    const parts = (rest + chunk.value).split('\n');
    rest = parts.pop();
    for (const part of parts) if (part) each(JSON.parse(part));
  }
}

/** Runs a task now and again, so many seconds after its end, while the page is looked at. */
export function every(seconds, signal, task) {
  let timer;
  const run = async () => {
    clearTimeout(timer);
    if (!document.hidden && state !== 'gone') {
      try {
        await task();
      } catch (error) {
        if (!signal.aborted && !(error instanceof Gone) && !(error instanceof Problem)) throw error;
      }
    }
    if (!signal.aborted) timer = setTimeout(run, seconds * 1000);
  };
  const wake = () => { if (!document.hidden) run(); };
  document.addEventListener('visibilitychange', wake, { signal });
  const back = (now) => { if (now === 'here' && timer) run(); };
  listeners.add(back);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    listeners.delete(back);
  });
  return run();
}
