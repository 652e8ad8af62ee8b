/**
 * The real programs: each is a shell script of scripts/, run natively and in k42 on the same files. It must end with status 0 and print the same.
 * One with a port is a server: it prints READY, is visited from outside through a published port, and goes on when it gets a line.
 */
import { askPostgres, fetchPages, type Visit } from './visits.ts';

export interface Program {
  readonly name: string;
  /** Of scripts/, and its arguments. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly port?: number;
  readonly visit?: Visit;
  /** Lines that may differ, with the reason. */
  readonly explained?: readonly RegExp[];
}

/** Sockets to the host of a virtual machine: natively they wait for ever where nobody is there. */
const NO_VSOCK = ['-i', '*VSOCK*'];
const PYTHON_MODULES = 'fcntl mmap os pty select signal socket subprocess tempfile threading'.split(' ');

export const programs: readonly Program[] = [
  { name: 'tools', script: 'tools.sh' },
  { name: 'dash', script: 'dash.sh' },
  { name: 'zsh', script: 'zsh.sh' },
  { name: 'perl', script: 'perl.sh' },
  { name: 'dpkg', script: 'dpkg.sh' },
  { name: 'git', script: 'git.sh' },
  { name: 'sqlite3', script: 'sqlite3.sh' },
  { name: 'gcc', script: 'gcc.sh' },
  { name: 'esbuild', script: 'esbuild.sh' },
  { name: 'busybox httpd', script: 'httpd.sh', port: 28080, visit: (port) => fetchPages(port, '/index.html', 200) },
  { name: 'redis', script: 'redis.sh' },
  { name: 'nginx', script: 'nginx.sh', port: 28081, visit: (port) => fetchPages(port, '/page', 10_000) },
  {
    name: 'postgresql',
    script: 'postgresql.sh',
    port: 25432,
    visit: (port) => askPostgres(port, 'select count(*) from pgbench_accounts'),
  },
  { name: 'postgresql sql', script: 'postgresql-sql.sh' },
  ...PYTHON_MODULES.map((module) => ({
    name: `python3 test_${module}`,
    script: 'python3-module.sh',
    args: [`test_${module}`, ...(module === 'socket' ? NO_VSOCK : [])],
  })),
];
