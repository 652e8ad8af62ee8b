/**
 * The values of the machine's tunables (abi/sysctl.ts declares them). Some belong to other objects (the host name, the last pid):
 * those are bound to them. Reading never fails for a declared name; writing checks the rule. Source: kernel/sysctl.c.
 */
import { EINVAL, EPERM } from '../abi/errno.ts';
import { sysctls } from '../abi/sysctl.ts';
import type { Sysctl, SysctlRule } from '../abi/sysctl.ts';

export interface SettingBinding {
  read(): string;
  write?(value: string): number;
}

const declared: ReadonlyMap<string, Sysctl> = new Map(sysctls.map((row) => [row.name, row]));

/** Two ways to say the same: writing one makes the other 0. Source: mm/util.c, overcommit_ratio_handler; mm/page-writeback.c, dirty_ratio_handler. */
const pairs = [
  ['vm/overcommit_ratio', 'vm/overcommit_kbytes'],
  ['vm/dirty_ratio', 'vm/dirty_bytes'],
  ['vm/dirty_background_ratio', 'vm/dirty_background_bytes'],
] as const;
const twins: ReadonlyMap<string, string> = new Map(
  pairs.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]),
);

export class MachineSettings {
  readonly #values = new Map<string, string>();
  /** What `number` has made of the texts, which system calls ask for often. */
  readonly #parsed = new Map<string, { readonly text: string; readonly numbers: readonly number[] }>();
  readonly #bindings = new Map<string, SettingBinding>();

  /** This object answers for the value from now on. */
  bind(name: string, binding: SettingBinding): void {
    this.#bindings.set(name, binding);
  }

  /** As the file shows it; undefined for what is not declared. */
  read(name: string): string | undefined {
    const bound = this.#bindings.get(name);
    if (bound !== undefined) return bound.read();
    return this.#values.get(name) ?? declared.get(name)?.initial;
  }

  /** The (first) number of a setting; exact below 2^53. */
  number(name: string, index = 0): number {
    const text = this.read(name) ?? '';
    let parsed = this.#parsed.get(name);
    if (parsed?.text !== text) {
      parsed = { text, numbers: text.split('\t').map(Number) };
      this.#parsed.set(name, parsed);
    }
    return parsed.numbers[index] ?? 0;
  }

  /** 0 or −errno. */
  write(name: string, written: string): number {
    const row = declared.get(name);
    if (row?.rule === undefined) return -EPERM;
    const value = taken(row.rule, written, this.read(name) ?? '');
    if (value === undefined) return -EINVAL;
    if (row.rule.kind === 'trigger') return 0;
    const bound = this.#bindings.get(name);
    if (bound !== undefined) return bound.write?.(value) ?? -EPERM;
    this.#values.set(name, value);
    const other = twins.get(name);
    if (other !== undefined) this.#values.set(other, '0');
    return 0;
  }
}

/** What is kept of what was written; undefined when the rule refuses it. */
function taken(rule: SysctlRule, written: string, before: string): string | undefined {
  const line = written.replace(/[\0\n].*$/s, '');
  if (rule.kind === 'text') return line.slice(0, rule.limit);
  const words = line.split(/[ \t]+/).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const count = rule.kind === 'trigger' ? 1 : (rule.count ?? 1);
  const kept = before.split('\t');
  for (const [index, word] of words.slice(0, count).entries()) {
    if (!/^[+-]?(0x[0-9a-fA-F]+|[0-9]+)$/.test(word)) return undefined;
    const value = Number(word);
    if (value < rule.low || value > rule.high) return undefined;
    // Numbers beyond 2^53 keep their digits.
    kept[index] = Number.isSafeInteger(value) ? String(value) : word.replace(/^\+/, '');
  }
  return kept.join('\t');
}
