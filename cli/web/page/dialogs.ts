/** Dialogs of the page: the browser's own element, which keeps the focus inside and closes with Escape. */
import { button, h } from './dom.ts';
import type { Link } from './link.ts';
import type { Notices } from './notices.ts';
import { otherKeys, shortcuts } from './shortcuts.ts';
import { copyText } from './terminals/clipboard.ts';

function open(title: string, ...content: Node[]): HTMLDialogElement {
  const dialog = h('dialog', { 'aria-label': title }, h('h2', {}, title), ...content);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function showKeys(): void {
  const rows = [...Object.values(shortcuts), ...otherKeys].map(({ keys, help }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, ...keys.split(', ').flatMap((key, i) => [i > 0 ? ' ' : '', h('kbd', {}, key)])),
      h('td', {}, help),
    ),
  );
  const note = 'Everything else that is typed in a terminal, Tab and Escape too, belongs to its program.';
  const dialog = open('Keys', h('table', { class: 'keys' }, h('tbody', {}, ...rows)), h('p', {}, note));
  dialog.append(
    h(
      'div',
      { class: 'buttons' },
      button('Close', () => dialog.close(), { class: 'main', autofocus: true }),
    ),
  );
}

/** A link that lets one more browser in. */
export async function showLink(link: Link, notices: Notices): Promise<void> {
  try {
    const { url } = await link.call('createLink', {});
    const field = h('input', { type: 'text', readonly: true, value: url, 'aria-label': 'Link', class: 'mono' });
    const copy = button(
      'Copy',
      () =>
        void copyText(url).then(
          () => notices.say('The link has been copied.'),
          (failure: unknown) => notices.fail(failure),
        ),
      { class: 'main' },
    );
    const dialog = open(
      'A link for another browser',
      h('p', {}, 'It lets one browser in, once. Who has it can do in this machine what you can.'),
      field,
    );
    dialog.append(
      h(
        'div',
        { class: 'buttons' },
        button('Close', () => dialog.close()),
        copy,
      ),
    );
    field.select();
  } catch (failure) {
    notices.fail(failure);
  }
}

export function showRefusal(): void {
  open(
    'Not let in',
    h('p', {}, 'This page belongs to a machine that does not know it any more. Open the link that k42 has printed.'),
  );
}
