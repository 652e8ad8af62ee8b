/** AVX, AVX2, FMA and F16C: the VEX forms of SSE instructions by rule, and the families that have no SSE form. */
import type { Definition, Definitions } from '../definition.ts';
import { define } from '../definition.ts';
import type { Semantics } from '../ops.ts';
import { comparePacked, compareScalar } from '../simd/float-compare.ts';
import { simdFamilies } from '../simd/table.ts';
import { OperandKind } from '../../x86/instruction.ts';
import { fusedMultiplyAdds } from './fma.ts';
import { halfFloats } from './half-floats.ts';
import { clearing, lift, type LiftOptions } from './lift.ts';
import { avxMasked } from './masked.ts';
import { avxMoves, clearMaskRegister } from './moves.ts';
import {
  avxPermutations,
  permuteDoublesByImmediate,
  permuteDoublesByRegister,
  permuteSinglesByRegister,
} from './permute.ts';

function ofSse(mnemonic: string): Definition {
  const definition = simdFamilies.find((family) => mnemonic in family)?.[mnemonic];
  if (definition === undefined) throw new Error(`no SSE instruction ${mnemonic}`);
  return definition;
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** VEX forms by name of the SSE instruction. */
function lifted(mnemonics: string, options: LiftOptions): Definitions {
  return Object.fromEntries(words(mnemonics).map((mnemonic) => [`v${mnemonic}`, lift(ofSse(mnemonic), options)]));
}

const TWO_SOURCES = `
  addps addpd addss addsd subps subpd subss subsd mulps mulpd mulss mulsd divps divpd divss divsd
  minps minpd minss minsd maxps maxpd maxss maxsd sqrtss sqrtsd rcpss rsqrtss roundss roundsd
  haddps haddpd hsubps hsubpd addsubps addsubpd dpps dppd cvtss2sd cvtsd2ss cvtsi2ss cvtsi2sd
  andps andpd andnps andnpd orps orpd xorps xorpd unpcklps unpcklpd unpckhps unpckhpd shufps insertps
  movhlps movlhps pinsrb pinsrw pinsrd pinsrq palignr pblendw
  punpcklbw punpcklwd punpckldq punpcklqdq punpckhbw punpckhwd punpckhdq punpckhqdq
  packsswb packssdw packuswb packusdw pcmpeqb pcmpeqw pcmpeqd pcmpeqq pcmpgtb pcmpgtw pcmpgtd pcmpgtq
  paddb paddw paddd paddq paddsb paddsw paddusb paddusw psubb psubw psubd psubq psubsb psubsw psubusb psubusw
  pmullw pmulld pmulhw pmulhuw pmulhrsw pmuludq pmuldq pmaddwd pmaddubsw psadbw pavgb pavgw
  pminub pminsb pminuw pminsw pminud pminsd pmaxub pmaxsb pmaxuw pmaxsw pmaxud pmaxsd
  pand pandn por pxor pshufb psignb psignw psignd phaddw phaddd phaddsw phsubw phsubd phsubsw
  aesenc aesenclast aesdec aesdeclast pclmulqdq`;

const ONE_SOURCE = `
  sqrtps sqrtpd rcpps rsqrtps roundps roundpd cvtdq2ps cvtps2dq cvttps2dq movsldup movshdup
  pshufd pshufhw pshuflw pabsb pabsw pabsd phminposuw aesimc aeskeygenassist`;

/** No vector register is written. */
const COMPARISONS_TO_FLAGS = 'ucomiss ucomisd comiss comisd';

/** The upper half is the only difference, if that. */
const AS_IN_SSE = `
  cvtss2si cvtsd2si cvttss2si cvttsd2si pextrb pextrw pextrd pextrq extractps
  ldmxcsr stmxcsr movd movq`;

/** Three operands where a register is the last, else as in SSE. */
const BY_COUNT = 'movss movsd movlps movlpd movhps movhpd';

const SHIFTS = 'psllw pslld psllq psrlw psrld psrlq psraw psrad psrldq pslldq';

function byCount(mnemonic: string): Definition {
  const own = lift(ofSse(mnemonic), { sources: 'own' });
  const plain = clearing(ofSse(mnemonic));
  return define((ops, instruction) => {
    (instruction.operands.length === 3 ? own : plain).semantics(ops, instruction);
  });
}

/** A shift count is the same for both halves; an immediate leaves the source a place of its own. */
function shift(mnemonic: string): Definition {
  return lift(ofSse(mnemonic), { sources: 'own', shared: 'lastSource' });
}

/** vpermilps and vpermilpd: the control is a register or an immediate. */
function byControl(register: Semantics, immediate: Semantics): Definition {
  return define((ops, instruction) => {
    const byImmediate = instruction.operands.at(-1)?.kind === OperandKind.Immediate;
    (byImmediate ? immediate : register)(ops, instruction);
  });
}

function comparisons(): Definitions {
  return {
    vcmpps: lift(define(comparePacked(32, 'avx')), { sources: 'own' }),
    vcmppd: lift(define(comparePacked(64, 'avx')), { sources: 'own' }),
    vcmpss: lift(define(compareScalar(32, 'avx')), { sources: 'own' }),
    vcmpsd: lift(define(compareScalar(64, 'avx')), { sources: 'own' }),
  };
}

/** The helpers of these go by the SSE names. */
function strings(mnemonic: string): Definition {
  const definition = ofSse(mnemonic);
  const semantics: Semantics = (ops, instruction) => {
    definition.semantics(ops, { ...instruction, mnemonic });
    if (mnemonic.startsWith('pcmp') && mnemonic.includes('strm')) clearMaskRegister(ops);
  };
  return { ...definition, semantics };
}

/** Made when first asked for (../table.ts). */
export function avxFamilies(): readonly Definitions[] {
  return [
    lifted(TWO_SOURCES, { sources: 'own' }),
    lifted(ONE_SOURCE, { sources: 'destination' }),
    lifted('blendps', { sources: 'own', immediateBits: 4 }),
    lifted('blendpd shufpd', { sources: 'own', immediateBits: 2 }),
    lifted('mpsadbw', { sources: 'own', immediateBits: 3 }),
    lifted('blendvps blendvpd pblendvb', { sources: 'own' }),
    lifted('cvtps2pd cvtdq2pd', { sources: 'destination', sourceBits: 64 }),
    lifted('pmovsxbw pmovsxwd pmovsxdq pmovzxbw pmovzxwd pmovzxdq', { sources: 'destination', sourceBits: 64 }),
    lifted('pmovsxbd pmovsxwq pmovzxbd pmovzxwq', { sources: 'destination', sourceBits: 32 }),
    lifted('pmovsxbq pmovzxbq', { sources: 'destination', sourceBits: 16 }),
    lifted('cvtpd2ps cvtpd2dq cvttpd2dq', { sources: 'destination', result: 'joined' }),
    Object.fromEntries(words(COMPARISONS_TO_FLAGS).map((mnemonic) => [`v${mnemonic}`, ofSse(mnemonic)])),
    Object.fromEntries(words(AS_IN_SSE).map((mnemonic) => [`v${mnemonic}`, clearing(ofSse(mnemonic))])),
    Object.fromEntries(words(BY_COUNT).map((mnemonic) => [`v${mnemonic}`, byCount(mnemonic)])),
    Object.fromEntries(words(SHIFTS).map((mnemonic) => [`v${mnemonic}`, shift(mnemonic)])),
    Object.fromEntries(
      words('pcmpestri pcmpestri64 pcmpestrm pcmpestrm64 pcmpistri pcmpistrm maskmovdqu').map((mnemonic) => [
        `v${mnemonic}`,
        strings(mnemonic),
      ]),
    ),
    {
      vpermilps: byControl(permuteSinglesByRegister, lift(ofSse('pshufd'), { sources: 'destination' }).semantics),
      vpermilpd: byControl(permuteDoublesByRegister, permuteDoublesByImmediate),
      vpblendd: lift(ofSse('blendps'), { sources: 'own', immediateBits: 4 }),
    },
    comparisons(),
    avxMoves,
    avxPermutations,
    fusedMultiplyAdds(),
    halfFloats,
    avxMasked,
  ];
}
