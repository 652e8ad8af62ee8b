/** Calls without a row in signatures.ts: their arguments are shown as the syscall table declares them. */
import { signalName } from '../abi/signal.ts';
import { ArgumentKind } from '../syscall.ts';
import type { Argument, SyscallDefinition } from '../syscall.ts';
import * as s from './show.ts';
import type { Show } from './show.ts';
import { permissions } from './structs.ts';

const byKind: Readonly<Record<ArgumentKind, (arg: Argument<unknown>) => Show>> = {
  [ArgumentKind.Decimal]: () => s.dec,
  [ArgumentKind.Hex]: () => s.hex,
  [ArgumentKind.Octal]: () => permissions,
  [ArgumentKind.Pointer]: () => s.pointer,
  [ArgumentKind.Fd]: ({ name }) => (name.includes('dirfd') ? s.dirfd : s.dec),
  [ArgumentKind.Path]: () => s.path,
  [ArgumentKind.Choice]: ({ names }) => s.choice(names ?? {}),
  [ArgumentKind.Flags]: ({ names }) => s.flags(names ?? {}),
  [ArgumentKind.Signal]: () => s.entry((call, index) => signalName(call.int(index))),
  [ArgumentKind.Buffer]: () => s.input,
};

const WIDE = new Set(['size', 'length', 'len', 'count', 'offset', 'nbytes']);

export function declaredShows(definition: SyscallDefinition): readonly Show[] {
  return definition.arguments.map((arg) =>
    arg.kind === ArgumentKind.Decimal && WIDE.has(arg.name) ? s.long : byKind[arg.kind](arg),
  );
}
