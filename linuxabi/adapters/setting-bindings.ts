/** Tunables that belong to other objects of the machine. Source: proc_sys_kernel(5), proc_sys_fs(5). */
import type { CountLimit } from '../limits/count-limit.ts';
import { KERNEL_RELEASE, KERNEL_VERSION } from '../misc/kernel-version.ts';
import type { Machine } from '../machine.ts';
import type { UtsNamespace } from '../process/uts-namespace.ts';
import { Terminal } from '../tty/terminal.ts';
import type { SettingBinding } from './settings.ts';

/** Random bytes as a UUID of version 4. Source: drivers/char/random.c, proc_do_uuid. */
function uuid(machine: Machine): string {
  const bytes = new Uint8Array(16);
  machine.random(bytes);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Of whoever reads or writes. */
function namesSeen(machine: Machine): UtsNamespace {
  return machine.fs.system.caller?.process.uts ?? machine.uts;
}

export function bindSettings(machine: Machine): void {
  const { settings, tasks } = machine;
  const bootId = uuid(machine);
  settings.bind('kernel/hostname', {
    read: () => namesSeen(machine).hostname,
    write: (name) => {
      namesSeen(machine).hostname = name;
      return 0;
    },
  });
  settings.bind('kernel/domainname', {
    read: () => namesSeen(machine).domainname,
    write: (name) => {
      namesSeen(machine).domainname = name;
      return 0;
    },
  });
  settings.bind('kernel/osrelease', { read: () => KERNEL_RELEASE });
  settings.bind('kernel/version', { read: () => KERNEL_VERSION });
  settings.bind('kernel/random/boot_id', { read: () => bootId });
  settings.bind('kernel/random/uuid', { read: () => uuid(machine) });
  settings.bind('kernel/ns_last_pid', {
    read: () => String(tasks.lastNumber),
    write: (value) => {
      tasks.lastNumber = Number(value);
      return 0;
    },
  });
  settings.bind('kernel/pid_max', {
    read: () => String(tasks.limit),
    write: (value) => {
      tasks.limit = Number(value);
      return 0;
    },
  });
  settings.bind('kernel/pty/nr', { read: () => String(terminalsInUse(machine)) });
  let removesUnused = '0';
  settings.bind('kernel/shm_rmid_forced', {
    read: () => removesUnused,
    write: (value) => {
      removesUnused = value;
      if (value === '1') machine.ipc.sharedMemory.tell((adapter) => adapter.removeOrphans());
      return 0;
    },
  });
  const { openFiles } = machine.bounds;
  settings.bind('fs/file-nr', { read: () => `${openFiles.current}\t0\t${openFiles.maximum}` });
  settings.bind('fs/file-max', countBinding(openFiles));
  settings.bind('kernel/threads-max', countBinding(machine.bounds.tasks));
}

/** Programs may lower it, and raise it up to what the machine may have. */
function countBinding(limit: CountLimit): SettingBinding {
  return {
    read: () => String(limit.maximum),
    write: (value) => {
      limit.maximum = Number(value);
      return 0;
    },
  };
}

function terminalsInUse({ tasks }: Machine): number {
  const terminals = new Set<Terminal>();
  for (const { controllingTerminal } of tasks.processes.values()) {
    if (controllingTerminal instanceof Terminal) terminals.add(controllingTerminal);
  }
  return terminals.size;
}
