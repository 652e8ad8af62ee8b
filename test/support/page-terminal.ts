/** A terminal in a page of a real browser: what it shows, and typing into it. */
import type { Page } from 'playwright-core';

/** For a machine that is busy with other tests. */
const PATIENCE_MS = 90_000;
const LOOK_EVERY_MS = 50;
/** A shell that is ready for the next command. */
const PROMPT = /[#$] ?$/;

export class PageTerminal {
  readonly #page: Page;
  readonly #scope: string;

  /** `scope`: selects what the terminal is in. */
  constructor(page: Page, scope: string) {
    this.#page = page;
    this.#scope = scope;
  }

  /** The screen's rows as screen readers have them, without what is empty at the end. */
  async text(): Promise<string> {
    const rows = await this.#page.locator(`${this.#scope} .xterm-accessibility-tree > div`).allInnerTexts();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Waits until some row is this text, or the screen matches. */
  async shows(wanted: string | RegExp): Promise<void> {
    const isThere = (shown: string): boolean =>
      typeof wanted === 'string' ? shown.split('\n').includes(wanted) : wanted.test(shown);
    let shown = '';
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
      shown = await this.text();
      if (isThere(shown)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error(`the terminal does not show ${String(wanted)} but:\n${shown}`);
  }

  /** Waits for the shell's prompt on the last row. */
  prompts(): Promise<void> {
    return this.shows(PROMPT);
  }

  /** Types a line on a cleared screen and Enter, once the shell is ready for it: what is awaited after that is the command's. */
  async runs(line: string): Promise<void> {
    await this.prompts();
    await this.types(`clear; ${line}\n`);
  }

  async types(keys: string): Promise<void> {
    await this.focus();
    await this.#page.keyboard.type(keys);
  }

  async focus(): Promise<void> {
    await this.#page.locator(`${this.#scope} textarea`).focus();
  }
}
