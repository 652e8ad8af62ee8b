/** From the options of a machine to one that runs. */
import { randomFillSync } from 'node:crypto';
import { resolve } from 'node:path';
import { assembleMachine } from '../assemble-machine.ts';
import { createEngine } from '../engines.ts';
import { lookUpUser } from '../guest-user.ts';
import { withImageSettings } from '../image-run.ts';
import { parseNetwork } from '../net/network-request.ts';
import { openNetwork } from '../net/open-network.ts';
import { SEARCH_PATH } from '../program.ts';
import { mountVolumes, openRoot } from '../host-trees.ts';
import { ensureFolder } from '../session-files.ts';
import { argumentError } from './guest-error.ts';
import { MachineHost, type ProgramDefaults } from './machine-host.ts';
import { limitsOf } from './machine-limits.ts';
import type { MachineOptions } from './machine-options.ts';

/** A name that is misspelt must not be taken for nothing said. */
const OPTION_NAMES: Readonly<Record<keyof MachineOptions, true>> = {
  root: true,
  mounts: true,
  env: true,
  user: true,
  workdir: true,
  hostname: true,
  cpu: true,
  engine: true,
  network: true,
  memoryBytes: true,
  limits: true,
  log: true,
};

export async function createHost(options: MachineOptions): Promise<MachineHost> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown !== undefined) {
    throw argumentError(`a machine has no option '${unknown}'; there are ${Object.keys(OPTION_NAMES).join(', ')}`);
  }
  const log = options.log ?? (() => undefined);
  const hostname = options.hostname ?? 'k42';
  const workdir = guestFolder(options.workdir);
  if (options.limits !== undefined) limitsOf(options.limits);
  const engine = await createEngine(options.engine ?? 'native', options.cpu, 'dropped');
  const { system, config } = await openRoot(options.root, log);
  const volumes = (options.mounts ?? []).map(({ source, target, access = 'read-write' }) => ({
    source: resolve(source),
    target: guestFolder(target)!,
    access,
  }));
  mountVolumes(system, volumes);
  const said = { environment: options.env ?? {}, user: options.user, workdir };
  const settings = withImageSettings(said, config);
  if (settings.workdir !== undefined) ensureFolder(system, settings.workdir);
  const request = parseNetwork(options.network?.publish ?? [], options.network?.allow ?? []);
  const network = request && (await openNetwork(request, system));
  const { machine, terminals } = assembleMachine(system, {
    engine,
    random: randomFillSync,
    log,
    hostname,
    ...(options.memoryBytes !== undefined && { bounds: { memoryBytes: options.memoryBytes } }),
    ...(network && { hostNetwork: network }),
  });
  await network?.publish(machine.network, log);
  const user = lookUpUser(system, settings.user);
  const defaults: ProgramDefaults = {
    environment: { PATH: SEARCH_PATH, HOSTNAME: hostname, ...settings.environment },
    user,
    cwd: settings.workdir ?? user.home,
    limits: options.limits,
  };
  return new MachineHost({ machine, terminals, defaults, network });
}

function guestFolder(path: string | undefined): string | undefined {
  if (path !== undefined && !path.startsWith('/')) throw argumentError(`'${path}' is no absolute path of the guest`);
  return path;
}
