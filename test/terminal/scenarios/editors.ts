/** Editors and pagers, which draw the whole screen. */
import { CONTROL, ESCAPE, PROMPT, type Scenario } from '../scenario.ts';

const UP = `${ESCAPE}[A`;
const DOWN = `${ESCAPE}[B`;
/** As terminals send it to programs that ask for application mode. */
const KEYPAD_DOWN = `${ESCAPE}OB`;
const F3 = `${ESCAPE}OR`;
const F5 = `${ESCAPE}[15~`;
const F9 = `${ESCAPE}[20~`;
const F10 = `${ESCAPE}[21~`;
/** Size and date of a folder, which are the file system's business. */
const FOLDER_FACTS =
  /(\/[\w.~]+ +(?:<[^>]*>)*│(?:<[^>]*>)*)(?:[\d ]{7}|UP--DIR)(?:<[^>]*>)*│(?:<[^>]*>)*\w{3} [ \d]\d [ \d:]{5}/g;

export const editors: readonly Scenario[] = [
  {
    name: 'vim',
    needs: ['vim'],
    command: ['sh', '-c', 'vim -u /etc/vim/vimrc -i NONE main.c; cat main.c; printf "%% "; cat'],
    steps: [
      { until: '"main.c" 7L' },
      { keys: ':syntax on\r', until: 'syntax on' },
      { keys: ':set number hlsearch\r', until: /6 +return 0/ },
      { keys: 'jo/* added */', until: '-- INSERT --' },
      { keys: `${ESCAPE}/printf\r`, until: '/printf' },
      { keys: ':split long.txt\r', until: '"long.txt" 120L' },
      { keys: `${CONTROL('f')}:vsplit utf8.txt\r`, until: 'Αθήνα' },
      { keys: `GAπ${ESCAPE}`, until: /🙂h?π/ },
      { resize: { columns: 100, rows: 30 }, until: 'Αθήνα' },
      { keys: ':q!\r', until: /line \d+ of the text/ },
      { keys: ':q\r', until: '/* added */' },
      { keys: ':wq\r', until: PROMPT },
    ],
  },
  {
    name: 'small vim',
    needs: ['vim.tiny'],
    command: ['sh', '-c', 'vim.tiny -N -u NONE -i NONE short.txt; cat short.txt; printf "%% "; cat'],
    steps: [
      { until: '"short.txt" 3L' },
      { keys: 'onew line é', until: 'new line é' },
      { keys: `\x7f\x7fs${ESCAPE}`, until: 'new lines' },
      { keys: '/third\rdw', until: /^line$/m },
      { keys: 'u', until: 'third line' },
      { keys: `${CONTROL('l')}:set number\r`, until: /4 third line/ },
      { resize: { columns: 60, rows: 15 }, until: /4 third line/ },
      { keys: ':wq\r', until: PROMPT },
    ],
  },
  {
    name: 'less',
    needs: ['less'],
    command: ['sh', '-c', 'less long.txt; printf "%% "; cat'],
    steps: [
      { until: 'line 23 of' },
      { keys: ' ', until: 'line 46 of' },
      { keys: '/line 70\r', until: 'line 70 of' },
      { keys: 'n', until: 'Pattern not found' },
      { keys: '\rg', until: 'line 1 of' },
      { keys: '-N\r', until: /23 line 23 of/ },
      { resize: { columns: 60, rows: 15 }, until: 'line 14 of' },
      { keys: 'G', until: 'line 120 of' },
      { keys: ':e utf8.txt\r', until: 'Αθήνα' },
      { keys: 'q', until: PROMPT },
    ],
  },
  {
    name: 'nano',
    needs: ['nano'],
    command: ['sh', '-c', 'nano short.txt; cat short.txt; printf "%% "; cat'],
    steps: [
      { until: 'third line' },
      { keys: `${DOWN}new text é`, until: 'new text é' },
      { keys: '\x7f\x7f', until: 'new text' },
      { keys: CONTROL('k'), until: /first line\s+third line/ },
      { keys: `${DOWN}${CONTROL('u')}`, until: /third line\s+new text/ },
      { keys: CONTROL('w'), until: 'Search' },
      { keys: 'first\r', until: /Read File|Where Is/ },
      { resize: { columns: 100, rows: 30 }, until: 'Exit' },
      { keys: CONTROL('o'), until: 'File Name to Write' },
      { keys: '\r', until: 'Wrote' },
      { keys: CONTROL('x'), until: PROMPT },
    ],
  },
  {
    name: 'mc',
    needs: ['mc'],
    command: ['sh', '-c', 'mc --nosubshell /root/folder /root/target; printf "%% "; cat'],
    size: { columns: 100, rows: 30 },
    steps: [
      { until: '10Quit' },
      { keys: `${KEYPAD_DOWN}${KEYPAD_DOWN}`, until: /│ other\.txt +││UP--DIR/ },
      { keys: F5, until: 'Cancel' },
      { keys: '\r', until: /other\.txt[^]+other\.txt/ },
      { keys: F3, until: 'beside' },
      { keys: F10, until: 'UP--DIR' },
      { keys: F9, until: 'Left' },
      { keys: '\r', until: 'Sort order' },
      { keys: `${ESCAPE}${ESCAPE}`, until: 'Hint' },
      { keys: F10, until: PROMPT },
    ],
    mask: (line) =>
      line.replaceAll(/[─ ]*\d+[KMGT]? ?\/ ?\d+[KMGT]? \(\d+%\)[─ ]*/g, 'space').replaceAll(FOLDER_FACTS, '$1#'),
  },
  {
    name: 'dialog',
    needs: ['dialog'],
    command: [
      'sh',
      '-c',
      'dialog --menu "Choose one" 12 40 4 a first b second c third; echo; echo "status $?"; printf "%% "; cat',
    ],
    steps: [
      { until: 'Choose one' },
      { keys: DOWN, until: 'second' },
      { keys: DOWN, until: 'third' },
      { keys: UP, until: 'second' },
      { keys: '\t', until: 'Cancel' },
      { keys: '\t\r', until: PROMPT },
    ],
  },
];
