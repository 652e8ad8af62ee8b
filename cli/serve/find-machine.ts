/** The served machine that is meant. Few modules: people wait for what comes next. */
import { namedPlaces, socketAddress } from '../control/places.ts';
import { openStream, type OpenStream } from '../control/stream-client.ts';
import { UsageError } from '../options.ts';

export interface NamedMachine {
  readonly name: string;
  readonly address: string;
}

/** By its name, or the only one there is. Whether it runs is seen when it is asked. */
export function findMachine(name: string | undefined): NamedMachine {
  if (name !== undefined) return { name, address: socketAddress(name) };
  const named = namedPlaces();
  const [only] = named;
  if (only === undefined) throw new UsageError('no served machine is running; k42 serve starts one');
  if (named.length > 1)
    throw new UsageError(`several machines are running: ${named.map(({ id }) => id).join(', ')}; name one`);
  return { name: only.id, address: only.address };
}

/** Throws when there is no such machine, and when it refuses. */
export async function openMachineStream(machine: NamedMachine, method: string, params: object): Promise<OpenStream> {
  try {
    return await openStream(machine.address, method, params);
  } catch (failure) {
    throw noSuchMachine(machine, failure);
  }
}

/** What there is to say when nobody listens at its address; any other failure as it is. */
export function noSuchMachine({ name }: NamedMachine, failure: unknown): unknown {
  const { code } = failure as NodeJS.ErrnoException;
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED') return failure;
  return new UsageError(`no machine ${name} is running; k42 ps names those that are`, { cause: failure });
}
