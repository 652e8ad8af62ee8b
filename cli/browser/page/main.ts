/** Where the page begins. */
import { Theme } from '../../web/page/theme.ts';
import { keepStylesWithinPolicy } from '../../web/page/within-policy.ts';
import { MachinePage } from './machine-page.ts';

const NO_SHARED_MEMORY =
  'This page needs shared memory, which browsers give only to pages of https or of this computer: open it as localhost.';

keepStylesWithinPolicy();
const screen = document.querySelector<HTMLElement>('#screen')!;
const status = document.querySelector<HTMLElement>('#status')!;
if (crossOriginIsolated) new MachinePage({ screen, status, theme: new Theme() }).boot();
else {
  status.textContent = NO_SHARED_MEMORY;
  status.dataset['state'] = 'failed';
}
