/** The page: terminals and inspector side by side, one above the other on a narrow screen. */
import { accessKey } from './access-key.ts';
import { showKeys, showLink, showRefusal } from './dialogs.ts';
import { h, setAttribute } from './dom.ts';
import { Inspector } from './inspector/inspector.ts';
import { Link } from './link.ts';
import { Notices } from './notices.ts';
import { listenForShortcuts } from './shortcuts.ts';
import { Splitter } from './splitter.ts';
import { TerminalDeck } from './terminals/terminal-deck.ts';
import { Theme } from './theme.ts';
import { TopBar } from './top-bar.ts';
import { keepStylesWithinPolicy } from './within-policy.ts';

/** Whether this browser shows the inspector: `hidden`, or nothing. */
const KEPT = 'k42-inspector';

function start(): void {
  keepStylesWithinPolicy();
  const theme = new Theme();
  const link = new Link(accessKey());
  const notices = new Notices();
  const deck = new TerminalDeck(link, theme, notices);
  const inspector = new Inspector(link, theme, notices);
  const frame = h('main', { class: 'frame' });
  const splitter = new Splitter(frame);
  const show = (shown: 'shown' | 'hidden'): void => {
    setAttribute(frame, 'data-inspector', shown);
    bar.inspectorIs(shown);
    localStorage.setItem(KEPT, shown);
    if (shown === 'shown') inspector.show();
    else inspector.hide();
  };
  const toggle = (): void => show(inspector.element.hidden ? 'shown' : 'hidden');
  const bar = new TopBar(link, theme, {
    toggleInspector: toggle,
    showKeys,
    showLink: () => void showLink(link, notices),
  });
  frame.append(deck.element, splitter.element, inspector.element);
  document.body.replaceChildren(bar.element, frame, notices.element);
  const isNarrow = matchMedia('(max-width: 44rem)').matches;
  const kept = localStorage.getItem(KEPT) ?? (isNarrow ? 'hidden' : 'shown');
  show(kept === 'hidden' ? 'hidden' : 'shown');
  listenForShortcuts({
    leave: () => {
      if (inspector.element.contains(document.activeElement)) deck.focus();
      else {
        show('shown');
        inspector.focus();
      }
    },
    open: () => deck.open(),
    close: () => deck.closeCurrent(),
    rename: () => deck.renameCurrent(),
    next: () => deck.step(1),
    previous: () => deck.step(-1),
    inspector: toggle,
  });
  link.onState.add((state) => state === 'refused' && showRefusal());
  link.open();
}

start();
