/** What stands behind a tab of the inspector. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** It is looked at from now on. */
  show(): void;
  hide(): void;
}

/** Where a panel leads to others. */
export interface Navigator {
  toObject(id: number): void;
  toProcess(pid: number): void;
  toCalls(pid: number): void;
}
