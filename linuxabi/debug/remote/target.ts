/** The target description: which registers there are, for GDB. Source: GDB manual, "Target Description Format", "i386 Features". */
import type { Feature, GdbRegister } from './register-file.ts';

const FEATURE_NAMES: Readonly<Record<Feature, string>> = {
  core: 'org.gnu.gdb.i386.core',
  sse: 'org.gnu.gdb.i386.sse',
  linux: 'org.gnu.gdb.i386.linux',
  segments: 'org.gnu.gdb.i386.segments',
  avx: 'org.gnu.gdb.i386.avx',
};

/** Bits by name. Source: SDM vol. 1, 3.4.3 and 10.2.3. */
const EFLAGS = 'CF:0 PF:2 AF:4 ZF:6 SF:7 TF:8 IF:9 DF:10 OF:11 NT:14 RF:16 VM:17 AC:18 VIF:19 VIP:20 ID:21';
const MXCSR = 'IE:0 DE:1 ZE:2 OE:3 UE:4 PE:5 DAZ:6 IM:7 DM:8 ZM:9 OM:10 UM:11 PM:12 FZ:15';

/** How the 128 bits may be read. */
const VECTOR_VIEWS = [
  ['v4_float', 'ieee_single', 4],
  ['v2_double', 'ieee_double', 2],
  ['v16_int8', 'int8', 16],
  ['v8_int16', 'int16', 8],
  ['v4_int32', 'int32', 4],
  ['v2_int64', 'int64', 2],
] as const;

function flagsType(id: string, bits: string): string {
  const fields = bits.split(' ').map((entry) => {
    const [name, bit] = entry.split(':');
    return `<field name="${name}" start="${bit}" end="${bit}"/>`;
  });
  return `<flags id="${id}" size="4">${fields.join('')}</flags>`;
}

function vectorTypes(): string {
  const vectors = VECTOR_VIEWS.map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`);
  const fields = VECTOR_VIEWS.map(([id]) => `<field name="${id}" type="${id}"/>`);
  return `${vectors.join('')}<union id="vec128">${fields.join('')}<field name="uint128" type="uint128"/></union>`;
}

const TYPES: Readonly<Partial<Record<Feature, string>>> = {
  core: flagsType('i386_eflags', EFLAGS),
  sse: vectorTypes() + flagsType('i386_mxcsr', MXCSR),
};

export function targetDescription(registers: readonly GdbRegister[]): string {
  const features = [...new Set(registers.map(({ feature }) => feature))].map((feature) => {
    const own = registers
      .map((register, number) => ({ register, number }))
      .filter(({ register }) => register.feature === feature);
    const lines = own.map(({ register: { name, sizeBytes, type, group }, number }) => {
      const shown = group === undefined ? '' : ` group="${group}"`;
      return `<reg name="${name}" bitsize="${8 * sizeBytes}" type="${type}" regnum="${number}"${shown}/>`;
    });
    return `<feature name="${FEATURE_NAMES[feature]}">${TYPES[feature] ?? ''}${lines.join('')}</feature>`;
  });
  return (
    '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target>' +
    `<architecture>i386:x86-64</architecture><osabi>GNU/Linux</osabi>${features.join('')}</target>`
  );
}
