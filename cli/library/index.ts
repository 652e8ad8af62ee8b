/** What `import … from 'k42'` gives. */
export { Machine } from './machine.ts';
export { GuestFiles, type FileTime, type RemoveOptions, type WriteOptions } from './guest-files.ts';
export { GuestProcess, type GuestProcessEvents, type ProgramExit } from './guest-process.ts';
export { GuestDirent } from './guest-dirent.ts';
export { GuestStats } from './guest-stats.ts';
export { GuestTerminal } from './guest-terminal.ts';
export type { Command, ExecOptions, ExecResult } from './exec.ts';
export type { DeviceHandlers, GuestDevice } from './guest-device.ts';
export type { FailedCall, GuestError } from './guest-error.ts';
export type { InterceptedCall, Verdict } from './intercepted-call.ts';
export type { Interception } from './interceptions.ts';
export type { MachineLimits } from './machine-limits.ts';
export type { MachineNetwork, MachineOptions, MachineVolume } from './machine-options.ts';
export type { OpenFlag } from './open-flags.ts';
export type { SignalChoice, SignalName } from './signal-name.ts';
export type { TraceClassName, TraceRecord, TraceSubscription } from './trace-subscription.ts';
export type { Inspection, SwapOutcome, TaskTable } from '../control/protocol.ts';
export type { SpawnOptions, StandardStream, TerminalSize } from './spawn-options.ts';
