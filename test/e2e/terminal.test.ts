/** The interactive shell as a person meets it, driven through node-pty. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { k42Command, Person } from './person.ts';

const ready = await requirement('node-pty', () => import('node-pty'));
const rootReady = await requirement('default root', ensureDefaultRoot);

const PROMPT = /\$ |# /;
let person: Person;

async function openShell(): Promise<Person> {
  person = await Person.at(k42Command);
  await person.sees(PROMPT);
  return person;
}

afterEach(() => person?.close());

describe.runIf(ready && rootReady)('an interactive shell', () => {
  beforeAll(ensureDefaultRoot);

  it('runs commands and passes the exit status on', async () => {
    const me = await openShell();
    me.type('echo "sum: $((40 + 2))"\r');
    await me.sees('sum: 42\r\n');
    me.type('exit 7\r');
    expect((await me.leaves()).exitCode).toBe(7);
  });

  it('edits the line and recalls history', async () => {
    const me = await openShell();
    me.type('ecXho one\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7f\r');
    await me.sees('\r\none\r\n');
    await me.sees(PROMPT);
    me.type('\x1b[A\x05 two\r');
    await me.sees('\r\none two\r\n');
    me.type('wrong\x15echo right\r');
    await me.sees('\r\nright\r\n');
  });

  it('completes file names', async () => {
    const me = await openShell();
    me.type('echo /etc/pass\t\r');
    await me.sees('\r\n/etc/passwd\r\n');
  });

  // Bash loses jobs when ^C or ^Z comes before it has given the terminal to the job, on Linux too: a job says itself that it is there.
  it('kills only the foreground job with ^C', async () => {
    const me = await openShell();
    me.type('sleep 100 &\r');
    await me.sees(/\[1\] \d+/);
    me.type("sh -c 'echo begins; exec sleep 200'; echo not reached\r");
    await me.sees('\r\nbegins\r\n');
    me.type('\x03');
    await me.sees('^C');
    await me.sees(PROMPT);
    me.type('echo status $?; jobs\r');
    await me.sees('status 130');
    await me.sees(/\[1\]\+ +Running +sleep 100/);
  });

  it('stops jobs and continues them in the background', async () => {
    const me = await openShell();
    me.type("sh -c 'echo begins; exec sleep 100'\r");
    await me.sees('\r\nbegins\r\n');
    me.type('\x1a');
    await me.sees(/\[1\]\+ +Stopped +sh -c/);
    me.type('bg\r');
    await me.sees(/\[1\]\+ sh -c .* &/);
    me.type('jobs\r');
    await me.sees(/\[1\]\+ +Running/);
    me.type('kill %1; wait; jobs; echo none left\r');
    await me.sees('\r\nnone left');
  });

  it('continues jobs in the foreground', async () => {
    const me = await openShell();
    me.type("sh -c 'echo begins; exec cat'\r");
    await me.sees('\r\nbegins\r\n');
    me.type('typed\r');
    await me.sees('typed\r\ntyped\r\n');
    me.type('\x1a');
    await me.sees(/\[1\]\+ +Stopped +sh -c/);
    me.type('fg\r');
    await me.sees(/\r\nsh -c .*\r\n/);
    me.type('more\r');
    await me.sees('more\r\nmore\r\n');
    me.type('\x03');
    await me.sees(PROMPT);
    me.type('jobs; echo none left\r');
    await me.sees('\r\nnone left');
  });

  it('ends at ^D', async () => {
    const me = await openShell();
    me.type('\x04');
    expect((await me.leaves()).exitCode).toBe(0);
  });

  it('sees the window and its changes', async () => {
    const me = await openShell();
    me.type('stty size\r');
    await me.sees('24 80\r\n');
    me.resize(100, 30);
    me.type('until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; tty\r');
    await me.sees('\r\n/dev/pts/0\r\n');
  });

  it('edits a file in vi', async () => {
    const me = await openShell();
    me.type('vi /tmp/note.txt\r');
    await me.sees('~');
    me.type('ihello from vi\x1b');
    await me.sees('hello from vi');
    me.type('yyp:wq\r');
    await me.sees(PROMPT);
    me.type('cat /tmp/note.txt; wc -l < /tmp/note.txt\r');
    await me.sees('hello from vi\r\nhello from vi\r\n2\r\n');
  });

  it('pages with less', async () => {
    const me = await openShell();
    me.type('seq 100 > /tmp/n; less /tmp/n\r');
    await me.sees('23');
    expect(me.seen).not.toContain('\n40\r');
    me.type(' ');
    await me.sees('46');
    me.type('G');
    await me.sees('100');
    me.type('q');
    await me.sees(PROMPT);
  });
});

describe.runIf(ready && rootReady)('the terminal of the user', () => {
  /** Scripts end asleep: of a program that ends, node-pty throws away what it has not read 200 ms later. */
  const inShell = (script: string): Promise<Person> => Person.at(['sh', '-c', script]);
  const plainWords = k42Command.join(' ');
  const shellWords = k42Command.map((word) => `'${word}'`).join(' ');

  it('is as before after an ordinary end', async () => {
    person = await inShell(`stty -g; ${shellWords}; echo; stty -g; exec sleep 60`);
    const [before] = await person.sees(/[0-9a-f:]{40,}/);
    await person.sees(PROMPT);
    person.type('exit\r');
    const [after] = await person.sees(/[0-9a-f:]{40,}/);
    expect(after).toBe(before);
  });

  it.each(['TERM', 'HUP', 'INT', 'QUIT', 'KILL', 'SEGV', 'ABRT', 'USR1', 'PIPE'])(
    'is as before after SIG%s',
    async (signal) => {
      person = await inShell(
        `stty -g; sh -c 'echo "pid $$"; exec ${plainWords}'; sleep 0.5; echo; stty -g; exec sleep 60`,
      );
      const [before] = await person.sees(/[0-9a-f:]{40,}/);
      const [, pid] = await person.sees(/pid (\d+)/);
      await person.sees(PROMPT);
      process.kill(Number(pid), `SIG${signal}`);
      const [after] = await person.sees(/[0-9a-f:]{40,}/);
      expect(after).toBe(before);
    },
  );
});

describe.runIf(ready && rootReady)('a line that goes dead', () => {
  it('ends the shell and k42 with it', async () => {
    const me = await openShell();
    me.type('sleep 1000 &\r');
    await me.sees(/\[1\] \d+/);
    me.hangUp();
    await me.leaves();
  });
});

describe.runIf(ready && rootReady)('--console pty', () => {
  it('prints a path to attach to, and the shell is there', async () => {
    person = await Person.at([...k42Command, '--console', 'pty']);
    const [, path = ''] = await person.sees(/console on (\/dev\/\S+)/);
    const attached = await Person.at(['sh', '-c', `stty raw -echo < ${path}; exec cat ${path} & cat > ${path}`]);
    try {
      await attached.sees(PROMPT);
      attached.type('tty; exit 3\n');
      await attached.sees('/dev/pts/0');
      expect((await person.leaves()).exitCode).toBe(3);
    } finally {
      attached.close();
    }
  });
});
