/** The profile that --profile asks for, and where its report goes. */
import { writeFileSync } from 'node:fs';
import { Profile } from '../linuxabi/profile/profile.ts';
import { profileReport } from '../linuxabi/profile/report.ts';
import type { SessionTracer } from './session-machine.ts';

/** `output`: a file of the host; standard error when undefined. */
export function openProfile(output: string | undefined): SessionTracer {
  const profile = new Profile(() => performance.now() * 1e6);
  const finish = (): void => {
    const report = profileReport(profile);
    if (output === undefined) process.stderr.write(report);
    else writeFileSync(output, report);
  };
  return Object.assign(profile, { finish });
}
