/** reboot(2): what restarts or switches off a machine ends this one. Source: kernel/reboot.c, SYSCALL_DEFINE4(reboot). */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYS_BOOT } from '../abi/capability.ts';
import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import { NO_RESULT } from '../blocking.ts';
import { readCString } from '../guest-string.ts';
import { capable } from '../process/credentials.ts';
import { killAll } from '../process/init.ts';
import type { LinuxThread } from '../process/thread.ts';

const LINUX_REBOOT_MAGIC1 = 0xfee1dead;
/** Birthdays; any of them will do. */
const secondMagics: readonly number[] = [672274793, 85072278, 369367448, 537993216];

export const rebootNames = {
  LINUX_REBOOT_CMD_RESTART: 0x01234567,
  LINUX_REBOOT_CMD_HALT: 0xcdef0123,
  LINUX_REBOOT_CMD_CAD_ON: 0x89abcdef,
  LINUX_REBOOT_CMD_CAD_OFF: 0,
  LINUX_REBOOT_CMD_POWER_OFF: 0x4321fedc,
  LINUX_REBOOT_CMD_RESTART2: 0xa1b2c3d4,
} as const;

/** Bytes of the text that RESTART2 takes. */
const TEXT_LIMIT = 256;

export interface RebootRequest {
  readonly magics: readonly [number, number];
  readonly command: number;
  readonly text: number;
}

export function reboot(thread: LinuxThread, { magics, command, text }: RebootRequest): number {
  if (!capable(thread.process.credentials, CAP_SYS_BOOT)) return -EPERM;
  if (magics[0] !== LINUX_REBOOT_MAGIC1 || !secondMagics.includes(magics[1])) return -EINVAL;
  switch (command) {
    case rebootNames.LINUX_REBOOT_CMD_CAD_ON:
    case rebootNames.LINUX_REBOOT_CMD_CAD_OFF:
      return 0;
    case rebootNames.LINUX_REBOOT_CMD_RESTART2:
      if (readCString(thread.memory, guestAddress(text), TEXT_LIMIT) === undefined) return -EFAULT;
      break;
    case rebootNames.LINUX_REBOOT_CMD_RESTART:
    case rebootNames.LINUX_REBOOT_CMD_HALT:
    case rebootNames.LINUX_REBOOT_CMD_POWER_OFF:
      break;
    default:
      return -EINVAL;
  }
  killAll(thread.machine);
  return NO_RESULT;
}
