/**
 * A timeline, drawn: a track per thread, above when it had the processor, below the calls it made; marks of the kernel along the top. The wheel and
 * + and − zoom, dragging and the arrows move, Home shows the whole.
 */
import type { Timeline, TimelineMark, TimelineSpan } from '../../messages.ts';
import { h } from '../dom.ts';
import { duration } from '../format.ts';

const LABEL_WIDTH = 132;
const AXIS_HEIGHT = 22;
const TRACK_HEIGHT = 34;
const SLICE_HEIGHT = 8;
const CALL_HEIGHT = 15;
const COLOURS = 7;
const LEAST_SPAN_US = 5;
const NS_PER_US = 1000;
const FONT = '11px ui-sans-serif, system-ui, sans-serif';
/** A tick of the axis is this far from the next, at least. */
const TICK_PIXELS = 90;
const ZOOM_STEP = 1.4;

interface Look {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly run: string;
  readonly colours: readonly string[];
}

export class TimelineCanvas {
  readonly element: HTMLElement;
  /** What is under the pointer; empty: nothing. */
  onPoint: (text: string) => void = () => undefined;
  readonly #canvas = h('canvas', { tabindex: 0, role: 'img', 'aria-label': 'Timeline' });
  #timeline: Timeline | undefined;
  #tracks = new Map<number, number>();
  #fromUs = 0;
  #toUs = 1;

  constructor() {
    this.element = h('div', { class: 'timeline-frame' }, this.#canvas);
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.#canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#canvas.addEventListener('keydown', (event) => this.#key(event));
    this.#canvas.addEventListener('pointerdown', (event) => this.#canvas.setPointerCapture(event.pointerId));
    this.#canvas.addEventListener('pointermove', (event) => this.#pointer(event));
    this.#canvas.addEventListener('pointerleave', () => this.onPoint(''));
  }

  show(timeline: Timeline): void {
    this.#timeline = timeline;
    this.#tracks = new Map(timeline.threads.map(({ tid }, index) => [tid, index]));
    const said = timeline.threads.map(({ name, tid }) => `${name} ${tid}`).join(', ');
    this.#canvas.setAttribute('aria-label', `Timeline of ${duration(timeline.lengthUs * NS_PER_US)}: ${said}`);
    this.#look(0, timeline.lengthUs);
  }

  draw(): void {
    const timeline = this.#timeline;
    if (timeline === undefined || this.element.clientWidth === 0) return;
    const width = this.element.clientWidth;
    const height = AXIS_HEIGHT + timeline.threads.length * TRACK_HEIGHT + 4;
    const ratio = devicePixelRatio;
    this.#canvas.width = width * ratio;
    this.#canvas.height = height * ratio;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    context.font = FONT;
    context.textBaseline = 'middle';
    const look = this.#lookOf();
    this.#drawAxis(context, look, height);
    this.#drawTracks(context, look, timeline);
    context.save();
    context.beginPath();
    context.rect(LABEL_WIDTH, 0, width - LABEL_WIDTH, height);
    context.clip();
    for (const slice of timeline.slices) this.#drawSlice(context, look, slice);
    for (const call of timeline.calls) this.#drawCall(context, look, call);
    for (const mark of timeline.marks) this.#drawMark(context, look, mark);
    context.restore();
  }

  #x(us: number): number {
    return LABEL_WIDTH + ((us - this.#fromUs) / (this.#toUs - this.#fromUs)) * (this.element.clientWidth - LABEL_WIDTH);
  }

  #us(x: number): number {
    return this.#fromUs + ((x - LABEL_WIDTH) / (this.element.clientWidth - LABEL_WIDTH)) * (this.#toUs - this.#fromUs);
  }

  #top(tid: number): number | undefined {
    const track = this.#tracks.get(tid);
    return track === undefined ? undefined : AXIS_HEIGHT + track * TRACK_HEIGHT;
  }

  #drawAxis(context: CanvasRenderingContext2D, { line, muted }: Look, height: number): void {
    const span = this.#toUs - this.#fromUs;
    const wanted = (span * TICK_PIXELS) / Math.max(1, this.element.clientWidth - LABEL_WIDTH);
    const power = 10 ** Math.floor(Math.log10(wanted));
    const step = [1, 2, 5, 10].map((n) => n * power).find((each) => each >= wanted) ?? wanted;
    for (let at = Math.ceil(this.#fromUs / step) * step; at <= this.#toUs; at += step) {
      const x = Math.round(this.#x(at)) + 0.5;
      context.strokeStyle = line;
      context.beginPath();
      context.moveTo(x, AXIS_HEIGHT - 4);
      context.lineTo(x, height);
      context.stroke();
      context.fillStyle = muted;
      context.fillText(at === 0 ? '0' : duration(at * NS_PER_US), x + 3, AXIS_HEIGHT / 2);
    }
  }

  #drawTracks(context: CanvasRenderingContext2D, { line, text, muted }: Look, { threads }: Timeline): void {
    threads.forEach(({ name, tid }, index) => {
      const top = AXIS_HEIGHT + index * TRACK_HEIGHT;
      context.fillStyle = line;
      context.fillRect(0, top, this.element.clientWidth, 1);
      context.fillStyle = text;
      context.fillText(name.slice(0, 16), 4, top + TRACK_HEIGHT / 2 - 6);
      context.fillStyle = muted;
      context.fillText(String(tid), 4, top + TRACK_HEIGHT / 2 + 8);
    });
  }

  #drawSlice(context: CanvasRenderingContext2D, { run }: Look, { tid, startUs, endUs }: TimelineSpan): void {
    const top = this.#top(tid);
    if (top === undefined || endUs < this.#fromUs || startUs > this.#toUs) return;
    const x = this.#x(startUs);
    context.fillStyle = run;
    context.fillRect(x, top + 4, Math.max(1, this.#x(endUs) - x), SLICE_HEIGHT);
  }

  #drawCall(
    context: CanvasRenderingContext2D,
    { colours, text }: Look,
    { tid, name, startUs, endUs }: TimelineSpan,
  ): void {
    const top = this.#top(tid);
    if (top === undefined || endUs < this.#fromUs || startUs > this.#toUs) return;
    const x = Math.max(this.#x(startUs), LABEL_WIDTH);
    const width = Math.max(1, this.#x(endUs) - x);
    const y = top + 4 + SLICE_HEIGHT + 3;
    context.fillStyle = colours[hash(name) % COLOURS]!;
    context.globalAlpha = 0.45;
    context.fillRect(x, y, width, CALL_HEIGHT);
    context.globalAlpha = 1;
    context.fillRect(x, y, Math.min(2, width), CALL_HEIGHT);
    if (width < name.length * 6 + 8) return;
    context.fillStyle = text;
    context.fillText(name, x + 5, y + CALL_HEIGHT / 2 + 1);
  }

  #drawMark(context: CanvasRenderingContext2D, { muted }: Look, { tid, atUs }: TimelineMark): void {
    if (atUs < this.#fromUs || atUs > this.#toUs) return;
    const top = this.#top(tid);
    context.fillStyle = muted;
    context.fillRect(
      this.#x(atUs),
      top === undefined ? AXIS_HEIGHT - 5 : top + 4 + SLICE_HEIGHT,
      1,
      top === undefined ? 5 : 3,
    );
  }

  #lookOf(): Look {
    const style = getComputedStyle(this.#canvas);
    const of = (name: string): string => style.getPropertyValue(name).trim();
    return {
      text: style.color,
      muted: of('--muted'),
      line: of('--line'),
      run: of('--accent'),
      colours: Array.from({ length: COLOURS }, (_, i) => of(`--c${i}`)),
    };
  }

  /** Within the recording, and never nothing. */
  #look(fromUs: number, toUs: number): void {
    const length = this.#timeline?.lengthUs ?? 1;
    const span = Math.min(Math.max(toUs - fromUs, LEAST_SPAN_US), length);
    this.#fromUs = Math.min(Math.max(0, fromUs), length - span);
    this.#toUs = this.#fromUs + span;
    this.draw();
  }

  #zoom(factor: number, aroundUs: number): void {
    this.#look(aroundUs - (aroundUs - this.#fromUs) * factor, aroundUs + (this.#toUs - aroundUs) * factor);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const us = ((event.deltaX || event.deltaY) / this.element.clientWidth) * (this.#toUs - this.#fromUs);
      this.#look(this.#fromUs + us, this.#toUs + us);
    } else this.#zoom(event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP, this.#us(event.offsetX));
  }

  #pointer(event: PointerEvent): void {
    const scale = (this.#toUs - this.#fromUs) / Math.max(1, this.element.clientWidth - LABEL_WIDTH);
    if (event.buttons === 1) this.#look(this.#fromUs - event.movementX * scale, this.#toUs - event.movementX * scale);
    this.onPoint(this.#textAt(this.#us(event.offsetX), event.offsetY, scale * 3));
  }

  #textAt(us: number, y: number, near: number): string {
    const { threads = [], calls = [], slices = [], marks = [] } = this.#timeline ?? {};
    const thread = threads[Math.floor((y - AXIS_HEIGHT) / TRACK_HEIGHT)];
    const tid = y < AXIS_HEIGHT ? 0 : thread?.tid;
    if (tid === undefined) return '';
    const mark = marks.find((each) => each.tid === tid && Math.abs(each.atUs - us) <= near);
    const covers = (span: TimelineSpan): boolean =>
      span.tid === tid && span.startUs - near <= us && us <= span.endUs + near;
    const isUpper = (y - AXIS_HEIGHT) % TRACK_HEIGHT < 4 + SLICE_HEIGHT + 1;
    const span = isUpper ? slices.find(covers) : calls.findLast(covers);
    const who = thread === undefined ? '' : `${thread.name} ${thread.tid}: `;
    if (span !== undefined) return `${who}${span.name} for ${duration((span.endUs - span.startUs) * NS_PER_US)}`;
    return mark === undefined ? '' : `${who}${mark.name} ${mark.text}`;
  }

  #key(event: KeyboardEvent): void {
    const span = this.#toUs - this.#fromUs;
    const middle = this.#fromUs + span / 2;
    if (event.key === 'ArrowLeft') this.#look(this.#fromUs - span / 5, this.#toUs - span / 5);
    else if (event.key === 'ArrowRight') this.#look(this.#fromUs + span / 5, this.#toUs + span / 5);
    else if (event.key === '+' || event.key === 'ArrowUp') this.#zoom(1 / ZOOM_STEP, middle);
    else if (event.key === '-' || event.key === 'ArrowDown') this.#zoom(ZOOM_STEP, middle);
    else if (event.key === 'Home') this.#look(0, Infinity);
    else return;
    event.preventDefault();
  }
}

function hash(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum;
}
