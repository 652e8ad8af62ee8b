/** Who waits, in which call, and in which queues. */
import type { QueueRow, WaiterRow } from '../../../control/protocol.ts';
import { h, setText } from '../dom.ts';
import { duration, plural } from '../format.ts';
import type { Link } from '../link.ts';
import { RowTable } from '../row-table.ts';
import type { Navigator, Panel } from './panel.ts';
import { Poller } from './poller.ts';

const EVERY_MS = 1000;
const NS_PER_MS = 1e6;

export class WaitPanel implements Panel {
  readonly id = 'waits';
  readonly title = 'Waits';
  readonly element: HTMLElement;
  readonly #link: Link;
  readonly #poller = new Poller(EVERY_MS, () => this.#refresh());
  readonly #summary = h('p', { class: 'summary' });
  readonly #waiters: RowTable<WaiterRow>;
  readonly #queues: RowTable<QueueRow & { readonly names: string }>;
  #queueNames = new Map<number, string>();

  constructor(link: Link, navigator: Navigator) {
    this.#link = link;
    this.#waiters = new RowTable<WaiterRow>({
      label: 'Waiting threads',
      empty: 'Nobody waits.',
      key: ({ tid }) => String(tid),
      columns: [
        {
          title: 'Thread',
          align: 'end',
          text: ({ tid }) => String(tid),
          act:
            ({ pid }) =>
            () =>
              navigator.toProcess(pid),
        },
        { title: 'Program', text: ({ name }) => name },
        { title: 'Call', grows: true, mono: true, text: ({ call }) => call },
        {
          title: 'At most',
          align: 'end',
          text: ({ leftMs }) => (leftMs === undefined ? '' : duration(leftMs * NS_PER_MS)),
        },
        { title: 'Queues', text: ({ queues }) => queues.map((queue) => this.#queueNames.get(queue)).join(', ') },
      ],
    });
    this.#queues = new RowTable<QueueRow & { readonly names: string }>({
      label: 'Wait queues',
      empty: 'No queue has anybody in it.',
      key: ({ of, object }) => `${of} ${object ?? ''}`,
      columns: [
        { title: 'Queue of', grows: true, text: ({ of }) => of },
        { title: 'Waiting', align: 'end', text: ({ length }) => String(length) },
        { title: 'Who', text: ({ names }) => names },
        {
          title: 'Object',
          align: 'end',
          text: ({ object }) => (object === undefined ? '' : `#${object}`),
          act: ({ object }) => (object === undefined ? undefined : () => navigator.toObject(object)),
        },
      ],
    });
    const heading = h('h3', {}, 'Queues');
    this.element = h('div', { class: 'panel' }, this.#summary, this.#waiters.element, heading, this.#queues.element);
  }

  show(): void {
    this.#poller.start();
  }

  hide(): void {
    this.#poller.stop();
  }

  async #refresh(): Promise<void> {
    const { waiters, queues } = await this.#link.call('waits', {});
    const count = [plural(waiters.length, 'thread waits', 'threads wait'), plural(queues.length, 'queue')];
    setText(this.#summary, count.join(' · '));
    this.#queueNames = new Map(queues.map(({ queue, of }) => [queue, of]));
    this.#waiters.update(waiters);
    const inQueue = (queue: number): WaiterRow[] => waiters.filter((waiter) => waiter.queues.includes(queue));
    const named = queues.map((row) => ({
      ...row,
      names: inQueue(row.queue)
        .map(({ name, tid }) => `${name} ${tid}`)
        .join(', '),
    }));
    this.#queues.update(named);
  }
}
