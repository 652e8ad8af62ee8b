/** Short words at the edge of the page: what went wrong, what has been done. Screen readers say them. */
import { h } from './dom.ts';

const SHOWN_MS = 6000;

export class Notices {
  readonly element = h('div', { class: 'notices', role: 'status', 'aria-live': 'polite' });

  say(text: string, tone: 'plain' | 'bad' = 'plain'): void {
    const notice = h('p', { class: 'notice', 'data-tone': tone }, text);
    this.element.append(notice);
    setTimeout(() => notice.remove(), SHOWN_MS);
  }

  fail(failure: unknown): void {
    this.say(failure instanceof Error ? failure.message : String(failure), 'bad');
  }
}
