import { runSeed } from './seed.ts'
import type { SeedAnswer, SeedRequest } from './suite.ts'

process.on('message', (request: SeedRequest) => {
  const before = process.cpuUsage()
  void runSeed(request).then((result) => {
    const { user, system } = process.cpuUsage(before)
    process.send?.({ ...result, cpuMs: (user + system) / 1_000 } satisfies SeedAnswer)
  })
})
