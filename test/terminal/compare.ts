/**
 * Plays a scenario natively and in k42, side by side. After each step both must show what is waited for and come to the same picture; how long that
 * takes does not matter.
 */
import type { Difference } from './difference.ts';
import type { Place } from './place.ts';
import { Player } from './player.ts';
import type { Scenario, Step } from './scenario.ts';
import type { Screen } from './screen.ts';

export interface Outcome {
  readonly steps: number;
  /** Undefined: every picture was the same. */
  readonly difference: Difference | undefined;
  /** From the start to the first picture that is waited for. */
  readonly nativeStartMs: number;
  readonly k42StartMs: number;
}

const SIZE = { columns: 80, rows: 24 };
const PATIENCE_MS = 60_000;
const GLANCE_MS = 10;
/** Nothing has been shown for so long, nor typed. */
const QUIET_MS = 250;

/** `way`: how the program is run natively. */
export async function compare(scenario: Scenario, place: Place, way: 'native' | 'bare' = 'native'): Promise<Outcome> {
  const size = scenario.size ?? SIZE;
  const native = await Player.start(place[way](scenario.command), size);
  const k42 = await Player.start(place.k42(scenario.command), size);
  const starts = new Map<Player, number>();
  try {
    for (const [index, step] of scenario.steps.entries()) {
      for (const player of [native, k42]) act(player, step);
      const isSame = await agree(scenario, step, [native, k42], starts);
      if (isSame) continue;
      const difference = {
        step: index,
        keys: step.keys ?? '',
        native: view(scenario, native.screen),
        k42: view(scenario, k42.screen),
      };
      return { steps: index, difference, ...startTimes() };
    }
    return { steps: scenario.steps.length, difference: undefined, ...startTimes() };
  } finally {
    native.close();
    k42.close();
  }

  function startTimes(): { nativeStartMs: number; k42StartMs: number } {
    return { nativeStartMs: starts.get(native) ?? NaN, k42StartMs: starts.get(k42) ?? NaN };
  }
}

function act(player: Player, step: Step): void {
  if (step.resize !== undefined) player.resize(step.resize);
  if (step.keys !== undefined) player.type(step.keys);
}

/** Whether both come to show what is waited for, and the same. */
async function agree(
  scenario: Scenario,
  step: Step,
  players: readonly [Player, Player],
  starts: Map<Player, number>,
): Promise<boolean> {
  const actedMs = performance.now();
  const deadline = actedMs + PATIENCE_MS;
  while (performance.now() < deadline) {
    for (const player of players) {
      await player.settled();
      if (!starts.has(player) && shows(player.screen, step)) starts.set(player, performance.now() - player.startedMs);
    }
    const [native, k42] = players;
    const isQuiet = players.every((player) => performance.now() - Math.max(player.shownMs, actedMs) >= QUIET_MS);
    const isShown = players.every((player) => shows(player.screen, step));
    if (isQuiet && isShown && view(scenario, native.screen) === view(scenario, k42.screen)) return true;
    await new Promise((resolve) => setTimeout(resolve, GLANCE_MS));
  }
  return false;
}

function shows(screen: Screen, { until }: Step): boolean {
  return typeof until === 'string' ? screen.text.includes(until) : until.test(screen.text);
}

function view({ mask, rows }: Scenario, screen: Screen): string {
  if (rows !== undefined) return rows(screen.lines).join('\n');
  return mask === undefined
    ? screen.picture
    : screen.picture
        .split('\n')
        .map((line) => mask(line))
        .join('\n');
}
