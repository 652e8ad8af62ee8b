/** Processes and threads as a tree, with what each uses; of the one that is chosen, its descriptors and its memory. */
import type { ProcessDetail, TaskTable } from '../../../control/protocol.ts';
import { h, setText } from '../dom.ts';
import { kib, percent, plural } from '../format.ts';
import type { Link } from '../link.ts';
import { RowTable } from '../row-table.ts';
import type { Navigator, Panel } from './panel.ts';
import { Poller } from './poller.ts';
import { ProcessDetailView } from './process-detail-view.ts';
import { treeOf, type TreeRow } from './process-tree.ts';
import { usages } from './usage.ts';

const EVERY_MS = 1000;
const STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting',
  T: 'stopped',
  t: 'traced',
  Z: 'ended',
};

export class ProcessPanel implements Panel {
  readonly id = 'processes';
  readonly title = 'Processes';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #poller = new Poller(EVERY_MS, () => this.#refresh());
  readonly #summary = h('p', { class: 'summary' });
  readonly #table: RowTable<TreeRow>;
  readonly #detail: ProcessDetailView;
  readonly #folded = new Set<number>();
  #before: TaskTable | undefined;
  #now: TaskTable | undefined;
  #chosen: number | undefined;

  constructor(link: Link, navigator: Navigator) {
    this.#link = link;
    this.#table = new RowTable<TreeRow>({
      label: 'Processes',
      empty: 'Nothing runs.',
      key: ({ pid, tid, kind }) => `${kind} ${kind === 'process' ? pid : tid}`,
      level: ({ level }) => level,
      expanded: ({ expanded }) => expanded,
      onFold: ({ pid }) => this.#fold(pid),
      onSelect: ({ pid }) => this.choose(pid),
      columns: [
        { title: 'Program', grows: true, text: ({ name }) => name, tone: ({ kind }) => kind },
        { title: 'PID', align: 'end', text: ({ kind, pid, tid }) => String(kind === 'process' ? pid : tid) },
        { title: 'State', text: ({ state }) => STATES[state] ?? state, tone: ({ state }) => `state-${state}` },
        { title: 'CPU %', align: 'end', text: ({ cpuPercent }) => percent(cpuPercent) },
        {
          title: 'Memory',
          align: 'end',
          text: ({ kind, residentKiB }) => (kind === 'process' ? kib(residentKiB) : ''),
        },
        { title: 'Waits in', mono: true, text: ({ waitsIn }) => waitsIn ?? '' },
      ],
    });
    this.#detail = new ProcessDetailView(navigator);
    this.element = h('div', { class: 'panel' }, this.#summary, this.#table.element, this.#detail.element);
  }

  show(): void {
    this.#poller.start();
  }

  hide(): void {
    this.#poller.stop();
  }

  choose(pid: number): void {
    this.#chosen = pid;
    this.#table.mark(`process ${pid}`);
    this.#table.reveal();
    void this.#refreshDetail();
  }

  #fold(pid: number): void {
    if (!this.#folded.delete(pid)) this.#folded.add(pid);
    this.#draw();
  }

  async #refresh(): Promise<void> {
    const table = await this.#link.call('tasks', {});
    this.#before = this.#now;
    this.#now = table;
    this.#draw();
    await this.#refreshDetail();
  }

  #draw(): void {
    const now = this.#now;
    if (now === undefined) return;
    const rows = usages(this.#before, now);
    const processes = new Set(rows.map(({ pid }) => pid)).size;
    const running = rows.filter(({ state }) => state === 'R').length;
    const counts = [plural(processes, 'process', 'processes'), plural(rows.length, 'thread'), `${running} running`];
    setText(this.#summary, [...counts, plural(now.objects, 'object')].join(' · '));
    this.#table.update(treeOf(rows, this.#folded));
  }

  async #refreshDetail(): Promise<void> {
    if (this.#chosen === undefined) return;
    const found = await this.#detailOf(this.#chosen);
    this.#detail.show(found);
  }

  /** Undefined: it is no longer there. */
  async #detailOf(pid: number): Promise<ProcessDetail | undefined> {
    try {
      return await this.#link.call('process', { pid });
    } catch {
      return undefined;
    }
  }
}
