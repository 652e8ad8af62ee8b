/** /proc/cpuinfo, from what CPUID answers. Source: arch/x86/kernel/cpu/proc.c; arch/x86/include/asm/cpufeatures.h. */
import type { ProcCapabilities } from '../capabilities.ts';

/** Names of bits, lowest first, '' for bits Linux does not name. One row for each word of `ProcessorFacts.featureWords`. */
const featureNames: readonly string[] = [
  'fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe',
  'pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor',
  '- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow',
  'lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -',
  'fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl',
  'avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq avx512_vnni avx512_bitalg tme - avx512_vpopcntdq - la57 - - - - - rdpid - - cldemote - movdiri movdir64b - - -',
  'xsaveopt xsavec xgetbv1 xsaves xfd - - - - - - - - - - - - - - - - - - - - - - - - - - -',
  '- - - - - - - - constant_tsc - - - - - - - - - - - - - - - - - - - - - - -',
];

export function featureFlags(words: readonly number[]): string {
  const names: string[] = [];
  for (const [index, row] of featureNames.entries()) {
    const word = words[index] ?? 0;
    for (const [bit, name] of row.split(' ').entries())
      if (name !== '-' && ((word >>> bit) & 1) !== 0) names.push(name);
  }
  // Bits that Linux sets on every 64-bit processor like this one.
  return [...names, 'rep_good', 'nopl', 'cpuid'].join(' ');
}

export function renderCpuinfo({ census }: ProcCapabilities): string {
  const cpu = census.processor();
  const rows: readonly (readonly [string, string | number])[] = [
    ['processor\t', 0],
    ['vendor_id\t', cpu.vendor],
    ['cpu family\t', cpu.family],
    ['model\t\t', cpu.model],
    ['model name\t', cpu.brand],
    ['stepping\t', cpu.stepping],
    ['cpu MHz\t\t', '1000.000'],
    ['cache size\t', `${cpu.cacheKiB} KB`],
    ['physical id\t', 0],
    ['siblings\t', 1],
    ['core id\t\t', 0],
    ['cpu cores\t', 1],
    ['apicid\t\t', 0],
    ['initial apicid\t', 0],
    ['fpu\t\t', 'yes'],
    ['fpu_exception\t', 'yes'],
    ['cpuid level\t', cpu.cpuidLevel],
    ['wp\t\t', 'yes'],
    ['flags\t\t', featureFlags(cpu.featureWords)],
    ['bugs\t\t', ''],
    ['bogomips\t', '2000.00'],
    ['clflush size\t', cpu.cacheLineBytes],
    ['cache_alignment\t', cpu.cacheLineBytes],
    ['address sizes\t', `${cpu.physicalBits} bits physical, ${cpu.virtualBits} bits virtual`],
    ['power management', ''],
  ];
  const lines = rows.map(([name, value]) => (name === 'power management' ? `${name}:\n` : `${name}: ${value}\n`));
  return `${lines.join('')}\n`;
}
