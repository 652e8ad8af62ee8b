/** All that is played by `npm run terminals`. */
import type { Scenario } from '../scenario.ts';
import { editors } from './editors.ts';
import { modes } from './modes.ts';
import { shells } from './shells.ts';
import { terminals } from './terminals.ts';
import { turns } from './turns.ts';

export const scenarios: readonly Scenario[] = [...editors, ...shells, ...modes, ...terminals, ...turns];
