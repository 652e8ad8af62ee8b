import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{cpu,kernel,linuxabi,rootfs,procfs,sysv,cli,test}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
