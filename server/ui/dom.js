// Elements and what is done with them everywhere: made from data by text alone, never by markup.

/** An element. props: attributes; `on` listeners, `style` custom properties, `data` data-*. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same in SVG. */
export function s(tag, props, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') {
      for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    } else if (name === 'style') {
      for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name === 'value' || name === 'checked' || name === 'selected') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined
    && child !== false));
  return element;
}

/** Puts children in place of what an element holds. */
export function put(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

/** A name whose line may be broken behind an underscore, rather than within a word. */
export function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part, i) => (i ? [h('wbr'), part] : [part]));
}

/** Sets a text only where it changed, so that nothing is drawn or read out anew. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Tells a screen reader, politely. */
export function announce(text) {
  say(document.getElementById('said'), text);
}

let ids = 0;

/** An id that no other element has. */
export function freshId(word) {
  ids += 1;
  return `${word}-${ids}`;
}

/** Calls run a while after the last of many calls. */
export function later(milliseconds, run) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...given), milliseconds);
  };
}

/** A table with a head; rows are arrays of texts or nodes; numbers: columns set right. */
export function table(caption, head, rows, numbers = []) {
  const kind = (i) => (numbers.includes(i) ? 'number' : null);
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h('table', { class: 'plain' },
      h('caption', { class: 'hidden' }, caption),
      h('thead', null, h('tr', null,
        head.map((text, i) => h('th', { scope: 'col', class: kind(i) }, text)))),
      h('tbody', null, rows.map((row) => h('tr', null, row.map((cell, i) => (i === 0
        ? h('th', { scope: 'row', class: kind(i) }, cell)
        : h('td', { class: kind(i) }, cell))))))));
}

/** A list of names and values. */
export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value]) => h('div', null,
    h('dt', null, name), h('dd', null, value))));
}

/** What to show where there is nothing. */
export function nothing(title, ...more) {
  return h('div', { class: 'nothing' }, h('p', { class: 'nothing-title' }, title), more);
}

/** Asks before what cannot be undone; the answer is a promise of one of the actions' values. */
export function ask(title, text, actions) {
  return new Promise((resolve) => {
    const id = freshId('ask');
    const dialog = h('dialog', { 'aria-labelledby': id, class: 'ask' },
      h('form', { method: 'dialog' }, h('h2', { id }, title), h('p', null, text),
        h('div', { class: 'row end' },
          h('button', { class: 'quiet', value: '' }, 'Back'),
          actions.map(([label, value, kind]) => h('button', { class: kind, value }, label)))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Saves a blob under a name. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
