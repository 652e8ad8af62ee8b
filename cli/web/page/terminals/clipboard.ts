/** Text for the clipboard. Browsers offer the better way only on loopback and over TLS. */
import { h } from '../dom.ts';

export async function copyText(text: string): Promise<void> {
  if (isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const before = document.activeElement;
  const area = h('textarea', { class: 'off-screen', 'aria-hidden': 'true' });
  area.value = text;
  document.body.append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!isDone) throw new Error('this browser does not let pages copy here');
}
