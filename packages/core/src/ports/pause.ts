/** Waits for a while that differs from call to call, at most so many milliseconds, so that a crowd thins out. */
export type Pause = (msMax: number) => Promise<void>

/** Waits on the timers of this machine. */
export const machinePause: Pause = (msMax) => new Promise((resolve) => setTimeout(resolve, msMax * Math.random()))
