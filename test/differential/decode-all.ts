/**
 * Holds the decoder against iced-x86 over whole files:
 *
 *   npm run judge:decoder [-- FILE…]      (no FILE: the Node binary itself; about a minute per 10 MB of code)
 *
 * Prints a line per section; exit status 1 when there is a difference.
 */
import { newTally, sweep } from './decoder-oracle.ts';
import { executableSections } from './elf-text.ts';

const CHUNK = 1 << 20;

const files = process.argv.slice(2);
for (const file of files.length > 0 ? files : [process.execPath]) {
  for (const { address, bytes } of executableSections(file)) {
    const tally = newTally();
    for (let start = 0; start < bytes.length; start += CHUNK)
      sweep(bytes, address, start, Math.min(start + CHUNK, bytes.length), tally);
    const { compared, unsupported, invalid, differences } = tally;
    console.log(
      `${file} @${address.toString(16)}: ${compared} same, ${unsupported} unsupported, ${invalid} invalid, ${differences.length} different`,
    );
    for (const difference of differences) console.log(`  ${difference}`);
    if (differences.length > 0) process.exitCode = 1;
  }
}
