// The form that predicts as it is moved: a slider a feature over the range of the training and a
// little beyond, the prediction with its interval, and what each feature alone would change.
import { post, Problem } from './api.js';
import { breakable, freshId, h, later, put, s, say } from './dom.js';
import { number } from './format.js';
import { command, curl, failure } from './parts.js';

const LEVEL = 0.9;
const BEYOND = 0.15; // of the range, to either side
const CURVE = 25; // points of a feature's curve
const CURVES = 60; // features, at most, that have one

/** A round step: a hundredth of the range or a little less. */
function stepOf(low, high) {
  const raw = (high - low) / 100 || 0.01;
  const ten = 10 ** Math.floor(Math.log10(raw));
  return [5, 2, 1].map((m) => m * ten).find((v) => v <= raw) ?? ten;
}

/** A feature's slider with its field, its curve, and the mark of the unknown. */
class Slider {
  constructor(feature, changed) {
    this.feature = feature;
    const wide = feature.max - feature.min || Math.abs(feature.min) || 1;
    this.step = stepOf(0, wide);
    const round = (v, how) => Number((how(v / this.step) * this.step).toPrecision(12));
    const floor = feature.min >= 0 ? 0 : -Infinity; // nobody offers an area of less than nothing
    const ceiling = feature.max <= 0 ? 0 : Infinity;
    this.low = Math.max(floor, round(feature.min - BEYOND * wide, Math.floor));
    this.high = Math.min(ceiling, round(feature.max + BEYOND * wide, Math.ceil));
    const id = freshId('feature');
    const middle = feature.shift >= feature.min && feature.shift <= feature.max ? feature.shift
      : (feature.min + feature.max) / 2;
    this.value = round(middle, Math.round);
    const about = { min: this.low, max: this.high, step: this.step, value: String(this.value),
      'aria-describedby': `${id}-note` };
    this.range = h('input', { ...about, type: 'range', id, on: {
      input: () => this.take(this.range.value, this.field, changed) } });
    this.field = h('input', { type: 'number', step: 'any', value: String(this.value),
      'aria-label': `${feature.name}, exactly`, on: {
        input: () => this.take(this.field.value, this.range, changed),
        blur: () => { if (this.field.value === '') this.field.value = String(this.value); } } });
    this.note = h('span', { class: 'outside', id: `${id}-note` });
    this.curve = h('div', { class: 'curve' });
    const share = (v) => `${(((v - this.low) / (this.high - this.low)) * 100).toFixed(1)}%`;
    this.element = h('div', { class: 'slider', style: { '--from': share(feature.min),
      '--to': share(feature.max) } },
    h('div', { class: 'row' }, h('label', { for: id }, breakable(feature.name)), this.field),
    this.curve, this.range, h('div', { class: 'row ends' }, h('span', null, number(feature.min)),
      this.note, h('span', null, number(feature.max))));
  }

  take(text, other, changed) {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) return;
    this.value = value;
    other.value = text;
    changed();
  }

  mark(outside) {
    this.element.classList.toggle('is-outside', outside);
    say(this.note, outside ? '⚠ outside' : '');
  }

  /** The prediction over this feature, all others as they are. */
  draw(values, low, high) {
    const span = high - low || 1;
    const at = (v, i) => `${(i / (CURVE - 1)) * 100} ${28 - ((v - low) / span) * 26}`;
    const x = ((this.value - this.low) / (this.high - this.low)) * 100;
    put(this.curve, s('svg', { viewBox: '0 0 100 30', preserveAspectRatio: 'none',
      'aria-hidden': 'true' }, s('line', { class: 'here', x1: x, x2: x, y1: 0, y2: 30 }),
    s('path', { d: `M${values.map(at).join('L')}` })));
  }

  places() {
    return Array.from({ length: CURVE }, (_, i) => this.low
      + ((this.high - this.low) * i) / (CURVE - 1));
  }
}

/** What was predicted, of each target. */
class Answer {
  constructor(model) {
    this.targets = model.scaling.targets;
    this.rows = this.targets.map((target) => {
      const parts = { value: h('output', { class: 'predicted' }), note: h('p', { class: 'help' }),
        bar: h('div', { class: 'interval' }) };
      parts.element = h('div', { class: 'answer' }, h('p', { class: 'answer-name' }, target.name),
        parts.value, parts.bar, parts.note);
      return parts;
    });
    this.element = h('div', { class: 'answers', 'aria-live': 'polite' },
      this.rows.map((row) => row.element));
  }

  show({ predictions, intervals, std, extrapolated }, why) {
    const outside = extrapolated?.[0]?.features.length > 0;
    this.targets.forEach((target, i) => {
      const of = (list) => (list ? [list[0]].flat()[i] : undefined);
      const row = this.rows[i];
      const interval = intervals && (this.targets.length > 1 ? intervals[0][i] : intervals[0]);
      const deviation = of(std);
      say(row.value, number(of(predictions), 5));
      say(row.note, [interval && `${LEVEL * 100} % interval: ${number(interval[0])} to `
        + `${number(interval[1])}${outside ? ', which does not hold outside the range of the '
          + 'training' : ''}`, deviation > 0 && `networks differ by ${number(deviation, 3)}`,
      !interval && why].filter(Boolean).join(' · '));
      put(row.bar, this.bar(target, of(predictions), interval));
    });
  }

  /** Where the prediction lies among the targets that were seen. */
  bar({ min, max }, value, interval) {
    const low = Math.min(min, value, ...(interval ?? []));
    const high = Math.max(max, value, ...(interval ?? []));
    const at = (v) => ((v - low) / (high - low || 1)) * 200;
    return s('svg', { viewBox: '-4 0 208 16', 'aria-hidden': 'true' },
      s('line', { class: 'seen', x1: at(min), x2: at(max), y1: 8, y2: 8 }),
      interval && s('line', { class: 'within', x1: at(interval[0]), x2: at(interval[1]), y1: 8,
        y2: 8 }), s('circle', { cx: at(value), cy: 8, r: 4 }));
  }
}

class Form {
  constructor(model, path, signal) {
    Object.assign(this, { model, path, signal, due: false,
      interval: Boolean(model.metrics?.validation), why: 'no interval: no rows were held out' });
    this.sliders = model.scaling.features.map((feature) => new Slider(feature,
      () => this.changed()));
    this.answer = new Answer(model);
    this.wrong = h('div');
    this.command = command('The same with curl', '');
    this.curves = later(120, () => this.drawCurves());
  }

  get instance() {
    return this.sliders.map((slider) => slider.value);
  }

  changed() {
    this.command.set(curl(`${this.path}:predict`, { type: 'application/json',
      data: JSON.stringify({ instances: [this.instance],
        ...(this.interval ? { interval: LEVEL } : {}) }) }));
    if (this.sliders.length <= CURVES) this.curves();
    this.due = true;
    if (!this.busy) this.predict();
  }

  /** One request at a time; what moves meanwhile is asked for after it. */
  async predict() {
    this.busy = true;
    while (this.due && !this.signal.aborted) {
      this.due = false;
      await this.predictOnce();
    }
    this.busy = false;
  }

  ask(instances, more) {
    return post(`${this.path}:predict`, { instances, ...more }, { signal: this.signal });
  }

  async predictOnce() {
    const more = { std: this.model.members > 1,
      ...(this.interval ? { interval: LEVEL } : {}) };
    try {
      const found = await this.ask([this.instance], more);
      const outside = new Set(found.extrapolated?.[0]?.features);
      for (const slider of this.sliders) slider.mark(outside.has(slider.feature.name));
      this.answer.show(found, this.why);
      put(this.wrong);
    } catch (error) {
      if (this.signal.aborted) return;
      if (this.interval && error instanceof Problem && error.status === 422) {
        this.interval = false;
        this.why = 'no interval: too few rows were held out';
        this.changed();
      } else put(this.wrong, failure(error));
    }
  }

  async drawCurves() {
    if (this.signal.aborted) return;
    const here = this.instance;
    const instances = this.sliders.flatMap((slider, i) => slider.places()
      .map((value) => here.with(i, value)));
    try {
      const { predictions } = await this.ask(instances);
      const first = predictions.map((row) => [row].flat()[0]);
      const low = Math.min(...first);
      const high = Math.max(...first);
      this.sliders.forEach((slider, i) => slider.draw(first.slice(i * CURVE, (i + 1) * CURVE), low,
        high));
    } catch {
      // the prediction itself tells what is wrong
    }
  }
}

/** The card of a model's sliders. */
export function predictCard(model, path, signal) {
  const form = new Form(model, path, signal);
  form.changed();
  return h('section', { class: 'card predict', 'aria-label': 'Predict' },
    h('div', null, h('h2', null, 'Predict'),
      h('p', { class: 'help' }, 'Move a slider. The coloured part of its track is the range of the '
        + 'training; the curve above it shows what this feature alone would change.')),
    form.answer.element, form.wrong,
    h('div', { class: 'sliders' }, form.sliders.map((slider) => slider.element)), form.command);
}
