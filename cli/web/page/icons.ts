/** Small pictures on buttons, drawn in lines of the text's colour. They say nothing to a screen reader: their buttons have labels. */
import { h, svg, type Attributes } from './dom.ts';

const paths = {
  add: 'M8 3v10M3 8h10',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1',
  moon: 'M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7a5.8 5.8 0 1 0 6.9 6.9z',
  system: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  keyboard: 'M1.5 4h13v8h-13zM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M4.8 9.4h6.4',
  inspector: 'M2 3h12v10H2zM9.5 3v10',
  link: 'M6.7 9.3a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.3 6.7a2.6 2.6 0 0 0-3.7 0L3.3 9a2.6 2.6 0 0 0 3.7 3.7l.9-.9',
  play: 'M5 3.2v9.6L12.5 8z',
  stop: 'M4 4h8v8H4z',
  clear: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  save: 'M8 2.5v7.5M5 7.3L8 10.3l3-3M3 13h10',
  record: 'M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
} as const;
export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGElement {
  const attributes = { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true', focusable: 'false' };
  return svg('svg', attributes, svg('path', { d: paths[name] }));
}

export function iconButton(
  name: IconName,
  label: string,
  run: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const made = h(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, ...attributes },
    icon(name),
  );
  made.addEventListener('click', run);
  return made;
}
