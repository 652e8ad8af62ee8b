/** /proc/sysvipc. Source: sysvipc(7); ipc/shm.c, ipc/sem.c, ipc/msg.c, sysvipc_*_proc_show. */
import type { IpcOwnerFacts, ProcCapabilities } from '../capabilities.ts';
import { directory, systemText } from '../entry.ts';
import { PAGE_BYTES, right } from '../format.ts';

const SHM_TITLE =
  '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime' +
  '                   rss                  swap\n';
const SEM_TITLE = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n';
const MSG_TITLE =
  '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n';

function head({ key, id, mode }: IpcOwnerFacts): string {
  return `${right(key | 0, 10)} ${right(id, 10)}  ${right(mode.toString(8), 4)}`;
}

function owners({ uid, gid, creatorUid, creatorGid }: IpcOwnerFacts): string {
  return [uid, gid, creatorUid, creatorGid].map((id) => right(id, 5)).join(' ');
}

function times(...seconds: readonly number[]): string {
  return seconds.map((value) => right(value, 10)).join(' ');
}

function renderShm({ census }: ProcCapabilities): string {
  let out = SHM_TITLE;
  for (const segment of census.ipc.sharedMemory()) {
    const size = Math.ceil(segment.residentBytes / PAGE_BYTES) * PAGE_BYTES;
    out += `${head(segment)} ${right(segment.sizeBytes, 21)} ${right(segment.creatorPid, 5)} ${right(segment.lastPid, 5)}  `;
    out += `${right(segment.attached, 5)} ${owners(segment)} `;
    out += `${times(segment.attachSeconds, segment.detachSeconds, segment.changeSeconds)} ${right(size, 21)} ${right(0, 21)}\n`;
  }
  return out;
}

function renderSem({ census }: ProcCapabilities): string {
  let out = SEM_TITLE;
  for (const set of census.ipc.semaphores()) {
    out += `${head(set)} ${right(set.count, 10)} ${owners(set)} ${times(set.operationSeconds, set.changeSeconds)}\n`;
  }
  return out;
}

function renderMsg({ census }: ProcCapabilities): string {
  let out = MSG_TITLE;
  for (const queue of census.ipc.messageQueues()) {
    out += `${head(queue)}  ${right(queue.bytes, 10)} ${right(queue.messages, 10)} `;
    out += `${right(queue.lastSender, 5)} ${right(queue.lastReceiver, 5)} ${owners(queue)} `;
    out += `${times(queue.sendSeconds, queue.receiveSeconds, queue.changeSeconds)}\n`;
  }
  return out;
}

export const sysvipc = directory(0o555, {
  msg: systemText(renderMsg),
  sem: systemText(renderSem),
  shm: systemText(renderShm),
});
