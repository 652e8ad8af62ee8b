/** Calls on the address space. */
import * as mman from '../../abi/mman.ts';
import * as s from '../show.ts';
import type { CallView } from '../show.ts';
import { rows } from '../signature.ts';
import type { Signatures } from '../signature.ts';

const protection = s.flags(mman.protectionNames, 'PROT_NONE');
const mapFlags = s.flags({ MAP_SHARED_VALIDATE: mman.MAP_SHARED_VALIDATE, ...mman.mapFlagNames });
const hexResult = (_call: CallView, result: number): string => s.hexOf(result);
const offset = s.entry((call, index) => s.hexOf(call.address(index)));

/** One bit for each page; the rest of the byte means nothing. */
const residentPages = s.exit((call, index) => {
  const count = Math.ceil(call.address(1) / 4096);
  const view = call.failed ? undefined : call.bytes(call.address(index), Math.min(count, 32));
  if (view === undefined) return s.pointerOf(call.address(index));
  const pages = Array.from({ length: view.byteLength }, (_, i) => String(view.getUint8(i) & 1));
  return `[${pages.join(', ')}${count > view.byteLength ? ', ...' : ''}]`;
});

export const memorySignatures: Signatures = {
  brk: { shows: [s.pointer], result: hexResult },
  mmap: { shows: [s.pointer, s.size, protection, mapFlags, s.dec, offset], result: hexResult },
  mremap: {
    shows: [
      s.pointer,
      s.size,
      s.size,
      s.flags(mman.mremapFlagNames),
      {
        at: 'entry',
        comma: 'own',
        text: (call) => ((call.int(3) & mman.MREMAP_FIXED) === 0 ? '' : `, ${s.pointerOf(call.address(4))}`),
      },
    ],
    result: hexResult,
  },
  mprotect: rows(s.pointer, s.size, protection),
  munmap: rows(s.pointer, s.size),
  madvise: rows(s.pointer, s.size, s.choice(mman.adviceNames)),
  mincore: rows(s.pointer, s.size, residentPages),
  mlockall: rows(s.flags({ MCL_CURRENT: 1, MCL_FUTURE: 2, MCL_ONFAULT: 4 })),
  mlock2: rows(s.pointer, s.size, s.flags({ MLOCK_ONFAULT: 1 })),
  msync: rows(s.pointer, s.size, s.flags(mman.msyncFlagNames)),
};
