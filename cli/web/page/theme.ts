/** Light or dark: as the system has it, or as the person chose here. */
const NAME = 'k42-theme';

export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];
export type Scheme = 'light' | 'dark';

export class Theme {
  readonly onChange = new Set<(scheme: Scheme) => void>();
  readonly #system = matchMedia('(prefers-color-scheme: dark)');
  #choice: ThemeChoice;

  constructor() {
    const kept = localStorage.getItem(NAME);
    this.#choice = themeChoices.find((choice) => choice === kept) ?? 'system';
    this.#system.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  get scheme(): Scheme {
    if (this.#choice !== 'system') return this.#choice;
    return this.#system.matches ? 'dark' : 'light';
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    localStorage.setItem(NAME, choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.scheme;
    for (const listener of this.onChange) listener(this.scheme);
  }
}
