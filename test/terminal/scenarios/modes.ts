/** stty in every mode: what `stty -a` says after each change. */
import type { Scenario } from '../scenario.ts';

const SETTINGS = [
  // Who makes the terminal may have set hupcl.
  'sane -hupcl',
  'raw',
  'cooked',
  '-raw',
  'cbreak',
  'sane; stty -echo',
  'echo; stty -icanon min 3 time 7',
  'sane; stty evenp',
  'pass8',
  'litout',
  'sane; stty nl',
  '-nl',
  'sane; stty ek',
  'intr ^G quit undef erase ^H kill ^X eof ^E start ^A stop ^B susp ^Y',
  'sane; stty ospeed 9600 ispeed 1200',
  '115200',
  'rows 30 cols 90',
  'sane; stty olcuc iuclc xcase',
  'sane; stty lcase; stty -lcase',
  'sane; stty tab3 -onlcr ocrnl onlret onocr',
  'sane; stty crt',
  'dec',
  'sane; stty tostop noflsh echonl echoprt extproc flusho',
  'sane; stty parenb parodd cs7 cstopb -hupcl clocal crtscts cmspar',
  'sane; stty -ixon ixoff ixany imaxbel iutf8 -brkint ignbrk ignpar parmrk inpck istrip inlcr igncr',
];

export const modes: readonly Scenario[] = [
  {
    name: 'stty',
    needs: ['bash', 'stty'],
    command: ['bash', '--norc', '--noprofile', '-c', settingsScript()],
    size: { columns: 110, rows: 40 },
    steps: [
      { until: 'setting 0.' },
      ...SETTINGS.slice(1).map((_setting, index) => ({ keys: 'x', until: `setting ${index + 1}.` })),
    ],
  },
];

/** Shows each setting, then waits for a key whatever the modes are. */
function settingsScript(): string {
  const showing = SETTINGS.map(
    (setting, index) =>
      `stty ${setting}; clear; stty -a | cat -A; stty -g; g=$(stty -g); stty sane raw -echo; printf 'setting ${index}.'; dd bs=1 count=1 status=none >/dev/null; stty "$g"`,
  );
  return `${showing.join('\n')}\nstty sane; exec cat`;
}
