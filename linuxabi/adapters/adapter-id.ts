/** The adapters' numbers in the trace. */
export const AdapterId = { proc: 1, sys: 2, sharedMemory: 3, semaphores: 4, messages: 5, posixQueues: 6 } as const;
