// Numbers, times and names as people read them.

/** At most so many significant digits, and no more zeros than it takes. */
export function number(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
    return `${short}e${exponent.replace('+', '')}`;
  }
  if (size >= 10 ** digits) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(digits)));
}

/** A whole number with its thousands apart. */
export function count(value) {
  return value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en');
}

/** "3 rows", "1 row". */
export function many(value, noun, plural = `${noun}s`) {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

export function bytes(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${unit ? number(left, 3) : Math.round(left)} ${units[unit]}`;
}

/** A time span: "0.14 s", "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  if (seconds < 0.001) return `${number(seconds * 1e6, 2)} µs`;
  if (seconds < 1) return `${number(seconds * 1000, 2)} ms`;
  if (seconds < 10) return `${number(seconds, 2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const steps = [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']];
  const [big, name, small, other] = steps.find(([size]) => whole >= size);
  const rest = Math.floor((whole % big) / small);
  return `${Math.floor(whole / big)} ${name}${rest ? ` ${rest} ${other}` : ''}`;
}

/** When that was, from now. */
export function ago(time) {
  const seconds = (Date.now() - new Date(time)) / 1000;
  if (seconds < 5) return 'just now';
  if (seconds < 86400) {
    return `${duration(Math.floor(seconds)).split(' ').slice(0, 2).join(' ')} ago`;
  }
  return new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short',
    year: 'numeric' });
}

/** The exact moment, in the reader's zone. */
export function moment(time) {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** early_stopping as words. */
export function words(name) {
  return String(name).replaceAll('_', ' ');
}

/** A hyperparameter's value as text. */
export function setting(value) {
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length ? value.join(', ') : 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Number.isInteger(value)) return value < 1e15 ? count(value) : String(value);
  return typeof value === 'number' ? number(value, 6) : words(value);
}

/** Quoted for a shell. */
export function quoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`;
}

/** The part of an id that tells it from others. */
export function short(id) {
  return id.length > 14 ? `…${id.slice(-8)}` : id;
}
