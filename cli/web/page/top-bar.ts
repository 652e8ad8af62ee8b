/** The bar at the top: which machine this is, whether it answers, and what concerns the whole page. */
import { button, h, setAttribute, setText, svg } from './dom.ts';
import { upTime } from './format.ts';
import { icon, iconButton } from './icons.ts';
import { Poller } from './inspector/poller.ts';
import type { Link, LinkState } from './link.ts';
import { themeChoices, type Theme, type ThemeChoice } from './theme.ts';

const EVERY_MS = 10_000;
const WORDS: Readonly<Record<LinkState, string>> = {
  connecting: 'connecting',
  open: 'connected',
  lost: 'connection lost, trying again',
  refused: 'not let in',
};
const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

export interface TopBarActions {
  toggleInspector(): void;
  showKeys(): void;
  showLink(): void;
}

export class TopBar {
  readonly element: HTMLElement;
  readonly #machine = h('span', { class: 'machine' });
  readonly #up = h('span', { class: 'up' });
  readonly #state = h('span', { class: 'state', role: 'status' });
  readonly #inspector: HTMLButtonElement;
  readonly #link: Link;

  constructor(link: Link, theme: Theme, actions: TopBarActions) {
    this.#link = link;
    this.#inspector = iconButton('inspector', 'Inspector', () => actions.toggleInspector());
    this.element = h(
      'header',
      { class: 'top-bar' },
      h('a', { class: 'skip', href: '#inspector' }, 'To the inspector'),
      mark(),
      h('h1', {}, 'k42'),
      this.#machine,
      this.#up,
      this.#state,
      h('span', { class: 'space' }),
      iconButton('link', 'A link for another browser', () => actions.showLink()),
      iconButton('keyboard', 'Keys', () => actions.showKeys()),
      themeButton(theme),
      this.#inspector,
    );
    const poller = new Poller(EVERY_MS, () => this.#ask());
    link.onState.add((state) => {
      setText(this.#state, WORDS[state]);
      setAttribute(this.#state, 'data-state', state);
      if (state === 'open') void poller.now();
    });
    poller.start();
  }

  inspectorIs(shown: 'shown' | 'hidden'): void {
    setAttribute(this.#inspector, 'aria-pressed', String(shown === 'shown'));
  }

  async #ask(): Promise<void> {
    const { hostname, name = hostname, upSeconds } = await this.#link.call('hello', {});
    setText(this.#machine, name);
    setText(this.#up, `up ${upTime(upSeconds)}`);
    document.title = `${name} · k42`;
  }
}

function mark(): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 32 32', class: 'mark', 'aria-hidden': 'true' },
    svg('rect', { width: 32, height: 32, rx: 7 }),
    svg('path', { d: 'M8 9l6 7-6 7' }),
    svg('path', { d: 'M22 14v5', class: 'thin' }),
    svg('circle', { cx: 22, cy: 11, r: 3 }),
    svg('circle', { cx: 22, cy: 22, r: 3 }),
  );
}

/** Goes round: as the system has it, light, dark. */
function themeButton(theme: Theme): HTMLButtonElement {
  const made = button('', () => {
    const next = themeChoices[(themeChoices.indexOf(theme.choice) + 1) % themeChoices.length]!;
    theme.choose(next);
    show(next);
  });
  const show = (choice: ThemeChoice): void => {
    const label = `Theme: ${choice}`;
    setAttribute(made, 'aria-label', label);
    setAttribute(made, 'title', label);
    made.replaceChildren(icon(THEME_ICONS[choice]));
  };
  made.className = 'icon-button theme';
  show(theme.choice);
  return made;
}
