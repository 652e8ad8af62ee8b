/**
 * Which processor has which instruction: the levels of the x86-64 psABI (section 3.1.1), and beside them what the processors of those
 * levels that we answer CPUID for have as well (semantics/cpuid.ts).
 */
export const ISA_LEVELS = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3'] as const;
export type IsaLevel = (typeof ISA_LEVELS)[number];

function words(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.trim().split(/\s+/));
}

/** SSE3, SSSE3, SSE4.1, SSE4.2, POPCNT, CMPXCHG16B, LAHF. */
const FROM_V2 = words(
  'addsubpd addsubps haddpd haddps hsubpd hsubps lddqu movddup movshdup movsldup fisttp',
  'pshufb phaddw phaddd phaddsw pmaddubsw phsubw phsubd phsubsw psignb psignw psignd pmulhrsw pabsb pabsw pabsd palignr',
  'pblendvb blendvps blendvpd ptest pmovsxbw pmovsxbd pmovsxbq pmovsxwd pmovsxwq pmovsxdq pmovzxbw pmovzxbd pmovzxbq',
  'pmovzxwd pmovzxwq pmovzxdq pmuldq pcmpeqq movntdqa packusdw pminsb pminsd pminuw pminud pmaxsb pmaxsd pmaxuw pmaxud',
  'pmulld phminposuw roundps roundpd roundss roundsd blendps blendpd pblendw pextrb pextrd pextrq extractps',
  'pinsrb insertps pinsrd pinsrq dpps dppd mpsadbw',
  'pcmpgtq pcmpestrm pcmpestri pcmpistrm pcmpistri pcmpestrm64 pcmpestri64 crc32 popcnt cmpxchg16b lahf sahf',
);

/**
 * AES and PCLMULQDQ (processors of level 2 had them too; here they are evaluated, and what programs do without them is quicker), BMI1, BMI2,
 * MOVBE, XSAVE and all that begins with v (AVX, AVX2, FMA, F16C), ADX, SHA, RDRAND, RDSEED, FSGSBASE, RDPID.
 */
const FROM_V3 = words(
  'aesenc aesenclast aesdec aesdeclast aesimc aeskeygenassist pclmulqdq',
  'andn blsr blsmsk blsi bextr bzhi pext pdep mulx shlx shrx sarx rorx movbe xgetbv xsave xsaveopt xsavec xrstor',
  'adcx adox sha1rnds4 sha1nexte sha1msg1 sha1msg2 sha256rnds2 sha256msg1 sha256msg2 rdrand rdseed rdpid',
  'rdfsbase rdgsbase wrfsbase wrgsbase',
);
/** Older instructions that begin with v. */
const NOT_VECTOR = new Set(['verr', 'verw']);

const levels: ReadonlyMap<string, number> = new Map([
  ...FROM_V2.map((mnemonic) => [mnemonic, 2] as const),
  ...FROM_V3.map((mnemonic) => [mnemonic, 3] as const),
]);

/** Number of the lowest level whose processors execute it. */
export function levelOf(mnemonic: string): number {
  return levels.get(mnemonic) ?? (mnemonic.startsWith('v') && !NOT_VECTOR.has(mnemonic) ? 3 : 1);
}
