/**
 * What somebody writes who has installed the package: a little of everything the library does, in plain JavaScript for whatever Node runs it.
 * Prints one line for each part. Argument: the root.
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Machine } from 'k42';

const machine = await Machine.create({ root: process.argv[2], env: { GREETING: 'hello' } });

const { stdout, status } = await machine.exec('echo "$GREETING from $(uname -sm)"; exit 3');
console.log('exec', stdout.trim(), status);

await machine.fs.mkdir('/srv/data', { recursive: true });
await machine.fs.writeFile('/srv/data/list', 'pear\napple\n');
await machine.exec('sort /srv/data/list > /srv/data/sorted');
console.log('fs', (await machine.fs.readFile('/srv/data/sorted', 'utf8')).split('\n').join(' ').trim());
console.log('fs', await machine.fs.stat('/none').catch(({ code }) => code));

const child = machine.spawn('sh', ['-c', 'while read line; do echo "<$line>"; done; exit 4']);
child.stdin.end('one\ntwo\n');
const [shown, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
console.log('spawn', shown.split('\n').join(' ').trim(), code);

const long = machine.spawn('sleep', ['1000']);
await once(long, 'spawn');
long.kill();
console.log('kill', JSON.stringify(await long.exited));

const terminal = machine.spawn('sh', ['-c', 'stty size; tty'], { terminal: { columns: 100, rows: 30 } });
console.log('terminal', (await text(terminal.stdout)).split(/\s+/).join(' ').trim());

machine.command('shout', async ({ stdin, stdout }) => {
  for await (const part of stdin) stdout.write(String(part).toUpperCase());
});
machine.file('/run/made', () => 'made\n');
console.log('command', (await machine.exec('shout < /run/made')).stdout.trim());

const hook = machine.on('syscall', 'getuid', () => ({ result: 42 }));
console.log('on', (await machine.exec(['id', '-ru'])).stdout.trim());
hook.remove();

const loop = await machine.exec(['bash', '-c', 'for ((i = 0; i < 20000; i++)); do ((s += i * i % 7)); done; echo $s']);
console.log('translated', loop.stdout.trim());

const aborted = await machine.exec('sleep 1000', { signal: AbortSignal.timeout(100) }).catch(({ name }) => name);
console.log('abort', aborted);

await machine.close();
