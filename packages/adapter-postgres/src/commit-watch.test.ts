import { afterEach, describe, expect, test, vi } from 'vitest'
import { CommitWatch } from './commit-watch.ts'

afterEach(() => vi.useRealTimers())

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('a listener', () => {
  test('is told once of many commits, and no longer after it stopped', async () => {
    const watch = new CommitWatch(async () => '', 60_000)
    let calls = 0
    const stop = watch.listen(() => {
      calls += 1
    })
    for (let n = 0; n < 5; n++) watch.announce()
    expect(calls).toBe(0)
    await nextTurn()
    expect(calls).toBe(1)
    stop()
    watch.announce()
    await nextTurn()
    expect(calls).toBe(1)
  })

  test('is told when the end of the log moves, and only then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let end = ''
    let looks = 0
    const watch = new CommitWatch(async () => {
      looks += 1
      if (end === 'broken') throw new Error('no connection')
      return end
    }, 100)
    let calls = 0
    const stop = watch.listen(() => {
      calls += 1
    })
    const pass = async () => {
      await vi.advanceTimersByTimeAsync(100)
      await nextTurn()
    }
    await pass()
    expect([looks, calls]).toEqual([1, 0])
    end = 'a'
    await pass()
    await pass()
    expect([looks, calls]).toEqual([3, 1])
    end = 'broken'
    await pass()
    end = 'b'
    await pass()
    expect([looks, calls]).toEqual([5, 2])
    stop()
    await pass()
    expect(looks).toBe(5)
  })

  test('is not looked for when nobody listens, and not after the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let looks = 0
    const watch = new CommitWatch(async () => {
      looks += 1
      return ''
    }, 100)
    await vi.advanceTimersByTimeAsync(500)
    watch.listen(() => undefined)
    watch.close()
    await vi.advanceTimersByTimeAsync(500)
    expect(looks).toBe(0)
  })
})
