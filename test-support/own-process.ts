/**
 * Test files that swap modules or change the environment of the process they run in. The others share one: they have
 * the packages loaded once for all of them, which otherwise is a quarter of the work.
 */
export const NEEDS_OWN_PROCESS: readonly string[] = [
  'packages/agent-node/test/unit/isolation.test.ts',
  'packages/agent-node/test/unit/limits.test.ts',
  'packages/testing/test/unit/sim-mutants.test.ts',
]
