/** System calls as they happen, in strace's words: which calls and whose is for the person to say. */
import type { CallRecord } from '../../../../linuxabi/strace/call-recorder.ts';
import type { WebEvent } from '../../messages.ts';
import { button, h, setText } from '../dom.ts';
import { duration, plural } from '../format.ts';
import { iconButton } from '../icons.ts';
import type { Link } from '../link.ts';
import type { Panel } from './panel.ts';

const MOST_LINES = 1000;
/** From the bottom, in pixels: the log goes on scrolling by itself. */
const NEAR_END = 24;
const NS_PER_SECOND = 1e9;

/** What people ask for most; the field takes anything that strace does. */
const sets: readonly (readonly [set: string, label: string])[] = [
  ['all', 'all'],
  ['%file', 'files'],
  ['%desc', 'descriptors'],
  ['%process', 'processes'],
  ['%network', 'network'],
  ['%memory', 'memory'],
  ['%signal', 'signals'],
];

export class CallPanel implements Panel {
  readonly id = 'calls';
  readonly title = 'Calls';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #set = h('input', {
    type: 'text',
    id: 'call-set',
    value: 'all',
    spellcheck: 'false',
    autocomplete: 'off',
    list: 'call-sets',
    maxlength: 1000,
  });
  readonly #pid = h('input', {
    type: 'number',
    id: 'call-pid',
    min: 1,
    step: 1,
    placeholder: 'any',
    inputmode: 'numeric',
  });
  readonly #problem = h('p', { class: 'problem', role: 'alert' });
  readonly #summary = h('p', { class: 'summary' });
  readonly #log = h('ol', { class: 'log', tabindex: 0, 'aria-label': 'System calls' });
  readonly #toggle: HTMLButtonElement;
  #isOn = false;
  #isShown = false;
  #counted = 0;
  #skipped = 0;

  constructor(link: Link) {
    this.#link = link;
    this.#toggle = button('Watch', () => void (this.#isOn ? this.#stop() : this.#start()), { class: 'main' });
    const form = h(
      'form',
      { class: 'panel-head filters' },
      h('label', { for: 'call-set' }, 'Calls'),
      this.#set,
      h('datalist', { id: 'call-sets' }, ...sets.map(([value, label]) => h('option', { value }, label))),
      h('label', { for: 'call-pid' }, 'PID'),
      this.#pid,
      this.#toggle,
      iconButton('clear', 'Clear', () => this.#clear()),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#start();
    });
    for (const field of [this.#set, this.#pid])
      field.addEventListener('change', () => this.#isOn && void this.#start());
    this.element = h('div', { class: 'panel calls' }, form, this.#problem, this.#summary, this.#log);
    link.onEvent.add((event) => this.#hear(event));
    link.onState.add((state) => state === 'open' && this.#isOn && void this.#start());
    this.#tell();
  }

  show(): void {
    this.#isShown = true;
    this.#scrollToEnd();
  }

  /** Nobody looks: nothing is watched for nobody. */
  hide(): void {
    this.#isShown = false;
    if (this.#isOn) void this.#stop();
  }

  watch(pid: number): void {
    this.#pid.value = String(pid);
    void this.#start();
  }

  async #start(): Promise<void> {
    setText(this.#problem, '');
    try {
      await this.#link.call('watchCalls', { set: this.#set.value.trim() || 'all', pid: Number(this.#pid.value) || 0 });
      this.#isOn = true;
    } catch (failure) {
      setText(this.#problem, failure instanceof Error ? failure.message : String(failure));
    }
    this.#tell();
  }

  async #stop(): Promise<void> {
    this.#isOn = false;
    this.#tell();
    await this.#link.call('unwatchCalls', {}).catch(() => undefined);
  }

  #clear(): void {
    this.#log.replaceChildren();
    this.#counted = 0;
    this.#skipped = 0;
    this.#tell();
  }

  #hear(event: WebEvent): void {
    if (event.event !== 'calls' || !this.#isOn) return;
    this.#counted += event.records.length;
    this.#skipped += event.skipped;
    const isAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END;
    this.#log.append(...event.records.map(lineOf));
    while (this.#log.childElementCount > MOST_LINES) this.#log.firstElementChild!.remove();
    if (isAtEnd && this.#isShown) this.#scrollToEnd();
    this.#tell();
  }

  #scrollToEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #tell(): void {
    setText(this.#toggle, this.#isOn ? 'Stop' : 'Watch');
    this.#toggle.setAttribute('aria-pressed', String(this.#isOn));
    const more =
      this.#skipped === 0 ? '' : ` · ${plural(this.#skipped, 'more that came', 'more that came')} too fast to show`;
    const hint = 'Names, %classes and ! for the rest, as strace -e trace= takes them.';
    setText(this.#summary, this.#counted === 0 && !this.#isOn ? hint : `${plural(this.#counted, 'call')}${more}`);
  }
}

function lineOf({ pid, tid, program, name, text, result, outcome, startNs, durationNs }: CallRecord): HTMLElement {
  const isCall = outcome !== 'signal';
  const what = isCall
    ? [h('b', {}, name), `${text.slice(name.length)} = `, h('span', { class: 'result' }, result)]
    : [text];
  return h(
    'li',
    { 'data-outcome': outcome },
    h('span', { class: 'when' }, (startNs / NS_PER_SECOND).toFixed(4)),
    h('span', { class: 'who', title: `process ${pid}` }, `${program} ${tid}`),
    h('span', { class: 'what' }, ...what),
    h('span', { class: 'took' }, isCall ? duration(durationNs) : ''),
  );
}
