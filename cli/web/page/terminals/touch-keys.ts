/** Keys that the keyboard of a phone does not have. Shown where the pointer is a finger (styles/terminals.css). */
import { button, h, setAttribute } from '../dom.ts';

const keys: readonly (readonly [label: string, name: string, text: string])[] = [
  ['Esc', 'Escape', '\x1b'],
  ['Tab', 'Tab', '\t'],
  ['←', 'Left', '\x1b[D'],
  ['↑', 'Up', '\x1b[A'],
  ['↓', 'Down', '\x1b[B'],
  ['→', 'Right', '\x1b[C'],
  ['^C', 'Control C', '\x03'],
  ['^D', 'Control D', '\x04'],
  ['^Z', 'Control Z', '\x1a'],
];

export function touchKeys(input: (text: string) => void, focus: () => void): HTMLElement {
  const buttons = keys.map(([label, name, text]) => {
    const key = button(label, () => {
      input(text);
      focus();
    });
    setAttribute(key, 'aria-label', name);
    return key;
  });
  return h('div', { class: 'touch-keys', role: 'toolbar', 'aria-label': 'Keys' }, ...buttons);
}
