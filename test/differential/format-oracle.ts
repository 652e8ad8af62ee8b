/** The formatter against iced-x86's for Intel syntax, set to write numbers and sizes as we do: the texts must be the same. */
import {
  Code,
  Decoder,
  DecoderOptions,
  Formatter,
  FormatterSyntax,
  Instruction as IcedInstruction,
  MemorySizeOptions,
  Mnemonic,
  Register,
} from 'iced-x86';
import { guestAddress } from '../../cpu/address.ts';
import { decode } from '../../cpu/x86/decode.ts';
import { format } from '../../cpu/x86/format.ts';

export interface TextTally {
  compared: number;
  /** By mnemonic: where the texts differ. */
  readonly differences: Map<string, { count: number; example: string }>;
}

function newFormatter(): Formatter {
  const formatter = new Formatter(FormatterSyntax.Intel);
  formatter.hexPrefix = '0x';
  formatter.hexSuffix = '';
  formatter.uppercaseHex = false;
  formatter.addLeadingZeroToHexNumbers = false;
  formatter.branchLeadingZeros = false;
  formatter.showBranchSize = false;
  formatter.spaceAfterOperandSeparator = true;
  formatter.memorySizeOptions = MemorySizeOptions.Always;
  formatter.usePseudoOps = false;
  return formatter;
}

/** Prefixes that do nothing here: the decoder forgets them. */
const IDLE_PREFIXES =
  /^(?:(?:notrack|bnd|data16|data64|xacquire|xrelease|hint-taken|hint-not-taken|addr32|rep|repne) )+(?!(?:movs|stos|lods|cmps|scas|ins|outs)[bwdq] )/;
/**
 * Forms of MOV that are not compared: of a 64-bit immediate iced-x86 1.21 writes the low half, of absolute 64-bit addresses we know 53 bits
 * (cpu/x86/README.md), and a segment register's source is named by its low half there, as objdump does not.
 */
const MOVES_LEFT_OUT = /^Mov_(r64_imm64|[ER]?A[LX]_moffs\d+|moffs\d+_[ER]?A[LX]|Sreg_.*)$/;

/** ud0 and ud1 are one here, pextrw names the wide register; the rest are not for user mode, or have a 16-bit form that nobody reads. */
const NOT_COMPARED = new Set(
  'ud pextrw wbinvd lidt lgdt sidt sgdt lldt lmsw ltr verr verw fnstenv fldenv fnsave frstor'.split(' '),
);

/**
 * What iced-x86 writes, but as objdump (and we) do: the top of the x87 stack is not named by instructions with memory, fld and fst, and is st
 * elsewhere; blends name xmm0; what all string instructions have, ES, is not worth a word.
 */
function expectedText(formatter: Formatter, instruction: IcedInstruction): string {
  const text = formatter
    .format(instruction)
    .replace(IDLE_PREFIXES, '')
    .replaceAll('st(0)', 'st')
    .replaceAll(' es:', ' ')
    .replace('xchg rax, rax', 'nop')
    .replace(/^(?:sha256rnds2|pblendvb|blendvp[sd]) .*/, '$&, xmm0');
  if (text.startsWith('fld st, st')) return text.replace('st, ', '');
  if (/^f.* ptr |^fst/.test(text)) return text.replace(/ st, |, st$/, ' ').trimEnd();
  return text;
}

/** What iced-x86 has another instruction or no notion for. */
function isComparable(theirs: IcedInstruction, mnemonic: string): boolean {
  if (theirs.code === Code.INVALID || MOVES_LEFT_OUT.test(Code[theirs.code]!)) return false;
  // Hints of newer processors are nop here.
  if (mnemonic === 'nop') return theirs.mnemonic === Mnemonic.Nop;
  return !NOT_COMPARED.has(mnemonic) && !(mnemonic === 'lea' && theirs.segmentPrefix !== Register.None);
}

/** Compares the text of each instruction of the code that both decoders know. */
export function compareTexts(code: Uint8Array, address: number, tally: TextTally): void {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = newFormatter();
  const theirs = new IcedInstruction();
  decoder.ip = BigInt(address);
  while (decoder.canDecode) {
    const offset = decoder.position;
    decoder.decodeOut(theirs);
    const ours = decode(code, offset, guestAddress(address + offset));
    if (typeof ours === 'number' || !isComparable(theirs, ours.mnemonic) || ours.length !== theirs.length) continue;
    tally.compared++;
    const expected = expectedText(formatter, theirs);
    const text = format(ours);
    if (text === expected) continue;
    const known = tally.differences.get(ours.mnemonic);
    if (known !== undefined) known.count++;
    else {
      const bytes = Buffer.from(code.subarray(offset, offset + ours.length)).toString('hex');
      tally.differences.set(ours.mnemonic, { count: 1, example: `${bytes}: '${text}' for '${expected}'` });
    }
  }
  theirs.free();
  formatter.free();
  decoder.free();
}
