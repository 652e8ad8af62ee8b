/** The text of one call, as far as it is known: its arguments when it is made, the rest and its result when it has ended. Source: strace(1). */
import { Gpr } from '../../cpu/state-layout.ts';
import { errnoNames } from '../abi/errno.ts';
import { NO_RESULT } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { declaredShows } from './declared.ts';
import { errnoTexts, restartTexts } from './errno-text.ts';
import { CallView, hex } from './show.ts';
import { signatures } from './signatures.ts';
import type { Signature } from './signature.ts';

const MAX_ERRNO = 4095;

/** A call that is not in the table: all six registers. */
const unknownCall = Array.from({ length: 6 }, () => hex);

/** As the manual has it; a number that Linux does not know has a name all the same. */
export function callName(definition: SyscallDefinition | undefined, number: number): string {
  return definition?.name ?? `syscall_0x${number.toString(16)}`;
}

export class CallText {
  readonly name: string;
  readonly view: CallView;
  readonly #signature: Signature;
  /** Arguments from here on are shown at the end; of `halfShown` only what comes after. */
  #shown = 0;
  #halfShown = false;

  /** The call is in the thread's registers. */
  constructor(thread: LinuxThread, definition: SyscallDefinition | undefined, name: string) {
    this.name = name;
    this.view = new CallView(thread);
    this.#signature = signatures.get(name) ?? {
      shows: definition === undefined ? unknownCall : declaredShows(definition),
    };
  }

  /** What can be said before the call has run: all up to the first argument that the kernel fills in. To be asked once. */
  atEntry(): string {
    const { shows } = this.#signature;
    shows.forEach((show, index) => {
      if (show.remember !== undefined) this.view.remember(index, show.remember(this.view, index));
    });
    let text = '';
    for (; this.#shown < shows.length; this.#shown++) {
      const show = shows[this.#shown]!;
      const isFirst = this.#shown === 0;
      if (show.at === 'exit') return show.comma === 'own' || isFirst ? text : `${text}, `;
      const value = show.text(this.view, this.#shown);
      text += show.comma === 'own' || isFirst ? value : `, ${value}`;
      if (show.after !== undefined) {
        this.#halfShown = true;
        return text;
      }
    }
    return text;
  }

  /** `read(0, …)`: the call as `atEntry` knows it, while it has no result. To be asked instead of `atEntry`. */
  underWay(): string {
    const known = this.atEntry();
    const isWhole = this.#shown === this.#signature.shows.length;
    return `${this.name}(${known}${isWhole ? '' : '…'})`;
  }

  /** The arguments that `atEntry` did not show. */
  atExit(): string {
    const { shows } = this.#signature;
    const first = this.#shown;
    let text = '';
    for (let index = first; index < shows.length; index++) {
      const show = shows[index]!;
      if (index === first && this.#halfShown) {
        text = show.after?.(this.view, index) ?? '';
        continue;
      }
      const value = show.text(this.view, index);
      text += show.comma === 'own' || index === first ? value : `, ${value}`;
    }
    return text;
  }

  result(result: number): string {
    if (!isError(result)) return this.#signature.result?.(this.view, result) ?? String(result);
    const error = errnoNames[-result] ?? `ERRNO_${-result}`;
    const restart = restartTexts[-result];
    if (restart !== undefined && this.name !== 'rt_sigreturn') return `? ${error} (${restart})`;
    return `-1 ${error} (${errnoTexts[-result] ?? `Unknown error ${-result}`})`;
  }
}

export function isError(result: number): boolean {
  return result < 0 && result >= -MAX_ERRNO;
}

/** What a handler answered → what the program sees: execve starts its program with 0, rt_sigreturn brings back what the interrupted code had. */
export function resultSeen(thread: LinuxThread, name: string, result: number): number {
  if (result !== NO_RESULT) return result;
  return name === 'rt_sigreturn' ? thread.cpu.state.long(Gpr.rax) : 0;
}
