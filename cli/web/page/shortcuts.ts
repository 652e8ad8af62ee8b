/**
 * Keys of the page. They have Ctrl and Shift with a letter or a sign, which no program in a terminal can tell from the same without Shift: nothing is
 * taken away from it. Everything else, Tab and F6 too, belongs to the terminal that has the focus.
 */
export interface Shortcut {
  /** Where the key is on a keyboard of the US: KeyboardEvent.code. */
  readonly code: string;
  /** As a person reads it. */
  readonly keys: string;
  readonly help: string;
}

export const shortcuts = {
  leave: { code: 'KeyE', keys: 'Ctrl+Shift+E', help: 'from the terminal to the inspector, and back' },
  open: { code: 'KeyO', keys: 'Ctrl+Shift+O', help: 'a new terminal' },
  close: { code: 'KeyX', keys: 'Ctrl+Shift+X', help: 'close this terminal' },
  rename: { code: 'KeyY', keys: 'Ctrl+Shift+Y', help: 'rename this terminal' },
  next: { code: 'Period', keys: 'Ctrl+Shift+.', help: 'the next terminal' },
  previous: { code: 'Comma', keys: 'Ctrl+Shift+,', help: 'the one before' },
  inspector: { code: 'KeyU', keys: 'Ctrl+Shift+U', help: 'show or hide the inspector' },
} as const satisfies Readonly<Record<string, Shortcut>>;
export type ShortcutName = keyof typeof shortcuts;

/** What the dialog lists beside them. */
export const otherKeys: readonly { readonly keys: string; readonly help: string }[] = [
  { keys: 'Ctrl+Shift+C, Ctrl+Insert', help: 'copy what is selected' },
  { keys: 'Ctrl+Shift+V, Shift+Insert', help: 'paste' },
  { keys: 'Arrows, Home, End', help: 'in a row of tabs: to another one' },
  { keys: 'Delete, F2', help: 'on a terminal’s tab: close, rename' },
  { keys: 'Arrows, Enter', help: 'in a table: to another row, open it' },
];

function nameOf(event: KeyboardEvent): ShortcutName | undefined {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return undefined;
  return (Object.keys(shortcuts) as ShortcutName[]).find((name) => shortcuts[name].code === event.code);
}

export function isPageShortcut(event: KeyboardEvent): boolean {
  return nameOf(event) !== undefined;
}

/** Before anything else on the page hears of the key. */
export function listenForShortcuts(actions: Readonly<Record<ShortcutName, () => void>>): void {
  addEventListener(
    'keydown',
    (event) => {
      const name = nameOf(event);
      if (name === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      actions[name]();
    },
    { capture: true },
  );
}
