// A CSV file as the page looks at it: read, its columns described, and written again with what was
// chosen. The daemon reads it anew; nothing here decides what is trained on but the choice.

const MISSING = /^(|na|n\/a|nan|null|none|\?|-)$/i;
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const DECIMAL_COMMA = /^[-+]?\d+,\d+$/;

/** The cells of a text, as RFC 4180 has them. */
export function cells(text, delimiter) {
  const rows = [];
  let row = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const end = text.length;
  while (at < end) {
    let cell;
    if (text[at] === '"') {
      [cell, at] = quotedCell(text, at + 1);
      while (at < end && text[at] !== delimiter && text[at] !== '\n') at += 1;
    } else {
      const begin = at;
      while (at < end && text[at] !== delimiter && text[at] !== '\n') at += 1;
      cell = text.slice(begin, at).trim();
    }
    row.push(cell);
    if (text[at] === delimiter && at < end) {
      at += 1;
      if (at === end || text[at] === '\n') row.push('');
      if (at < end && text[at] !== '\n') continue;
    }
    at += 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}

function quotedCell(text, begin) {
  let cell = '';
  let at = begin;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return [cell + text.slice(at), text.length];
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') return [cell.trim(), quote + 1];
    cell += '"';
    at = quote + 2;
  }
}

/** Comma, semicolon or tab: the one that stands most often in the first line. */
function delimiterOf(text) {
  const line = text.slice(0, 20000).split('\n', 1)[0].replace(/"[^"]*"/g, '');
  return [',', ';', '\t'].map((mark) => [line.split(mark).length, mark])
    .sort((a, b) => b[0] - a[0])[0][1];
}

const plainNumber = (text, comma) => (comma && DECIMAL_COMMA.test(text) ? text.replace(',', '.')
  : text);

/** What there is to know of a column. */
function describe(name, texts) {
  let [low, high, sum, missing] = [Infinity, -Infinity, 0, 0];
  const values = [];
  const strange = [];
  texts.forEach((text, row) => {
    if (MISSING.test(text)) missing += 1;
    else if (NUMBER.test(text)) values.push(Number(text));
    else strange.push({ text, row });
  });
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const mean = sum / values.length;
  const std = Math.sqrt(values.reduce((all, v) => all + (v - mean) ** 2, 0) / values.length);
  const isText = values.length === 0 || strange.length > texts.length / 10;
  const counts = values.length > 2 && values.every((v, i) => i === 0 || v === values[i - 1] + 1);
  return { name, texts, values, min: low, max: high, mean, std, missing, strange, isText, counts,
    kinds: isText ? new Set(texts).size : 0 };
}

/** A file that was read: {name, text, columns, rows, headless, changed}; an Error says what it
 * lacks. */
export function readCsv(text, name) {
  const delimiter = delimiterOf(text);
  const rows = cells(text, delimiter);
  if (rows.length < 2) throw new Error('This file has no rows of numbers below a first line.');
  const comma = delimiter !== ',';
  const headless = rows[0].every((cell) => NUMBER.test(plainNumber(cell, comma)));
  const given = headless ? rows[0].map((_, i) => `column_${i + 1}`) : rows.shift();
  const names = unique(given);
  const ragged = rows.findIndex((row) => row.length !== names.length);
  if (ragged >= 0) {
    throw new Error(`Row ${ragged + 1} has ${rows[ragged].length} cells, the first line has `
      + `${names.length}.`);
  }
  const columns = names.map((column, i) => describe(column,
    rows.map((row) => plainNumber(row[i], comma))));
  const renamed = !headless && names.some((column, i) => column !== given[i]);
  return { name, text, columns, rows: rows.length, headless,
    changed: headless || renamed || delimiter !== ',' };
}

/** Every column with a name of its own. */
function unique(names) {
  const seen = new Set();
  return names.map((given, i) => {
    let name = given || `column_${i + 1}`;
    while (seen.has(name)) name += '_';
    seen.add(name);
    return name;
  });
}

/** The rows (by number) that have a number in each of the columns. */
export function completeRows(file, columns) {
  const bad = new Uint8Array(file.rows);
  for (const column of columns) {
    if (column.values.length === file.rows) continue;
    column.texts.forEach((text, row) => { if (!NUMBER.test(text)) bad[row] = 1; });
  }
  const good = [];
  for (let row = 0; row < file.rows; row += 1) if (!bad[row]) good.push(row);
  return good;
}

const written = (name) => (/[",\n\r]|^\s|\s$/.test(name)
  ? `"${name.replaceAll('"', '""')}"` : name);

/** The file as it is sent: {blob, name, rows, changed}. It is the file itself where all of that is
 * wanted as it stands. */
export function chosen(file, columns) {
  const rows = completeRows(file, columns);
  const changed = file.changed || columns.length < file.columns.length || rows.length < file.rows;
  if (!changed) {
    return { blob: new Blob([file.text], { type: 'text/csv' }), name: file.name, rows: file.rows,
      changed };
  }
  const lines = [columns.map((column) => written(column.name)).join(',')];
  for (const row of rows) lines.push(columns.map((column) => column.texts[row]).join(','));
  return { blob: new Blob([lines.join('\n'), '\n'], { type: 'text/csv' }), rows: rows.length,
    name: `${file.name.replace(/\.\w+$/, '')}-chosen.csv`, changed };
}
