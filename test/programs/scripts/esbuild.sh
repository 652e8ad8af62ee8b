# A static Go program: bundles and minifies a few hundred modules.
set -e
mkdir -p /tmp/es/m; cd /tmp/es
for i in $(seq 300); do
  printf "import { v as w } from './m%d.js';\nexport const v = w + %d;\nexport function unused%d(a) { return [...a].map((x) => x ** 2); }\n" $(((i + 1) % 301)) $i $i > m/m$i.js
done
echo 'export const v = 0;' > m/m0.js
printf "import { v } from './m/m1.js';\ninterface A { a: number }\nenum E { X = 1, Y }\nconst a: A = { a: v + E.Y };\nconsole.log(a?.a ?? 0);\n" > in.ts
/mnt/esbuild/esbuild --version
/mnt/esbuild/esbuild in.ts --bundle --minify --target=es2019 --outfile=out.js --sourcemap --log-level=warning
sha256sum out.js out.js.map
echo 'let x = ;' | /mnt/esbuild/esbuild --loader=js 2>&1 | head -3 || true
