/** One question to a served machine. */
import { ControlClient } from '../control/client.ts';
import type { Method, Methods } from '../control/protocol.ts';
import { noSuchMachine, type NamedMachine } from './find-machine.ts';

export async function callMachine<M extends Method>(
  machine: NamedMachine,
  method: M,
  params: Methods[M]['params'],
): Promise<Methods[M]['result']> {
  const client = await connectTo(machine);
  try {
    return await client.call(method, params);
  } finally {
    client.close();
  }
}

/** Throws when there is no such machine. */
export async function connectTo(machine: NamedMachine): Promise<ControlClient> {
  try {
    return await ControlClient.open(machine.address);
  } catch (failure) {
    throw noSuchMachine(machine, failure);
  }
}
