/** `npm run screenshots [NAME…]`: the pictures of the README, all of them or those whose names begin so. Each is an SVG, which is text. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenes } from './scenes.ts';
import { terminalPicture } from './terminal-pictures.ts';
import { webPictures } from './web-pictures.ts';

const words = process.argv.slice(2);

function keep(name: string, picture: string): void {
  writeFileSync(join(import.meta.dirname, `${name}.svg`), picture);
  process.stdout.write(`${name}.svg ${Math.round(picture.length / 1024)} KiB\n`);
}

for (const start of words.length === 0 ? [''] : words) {
  for (const scene of scenes.filter(({ name }) => name.startsWith(start)))
    keep(scene.name, await terminalPicture(scene));
  for await (const [name, picture] of webPictures(start)) keep(name, picture);
}
process.exit(0);
