import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { budgetLevel, effectiveCap, hasRoom, overrideMicros, overrun, remaining } from './budget.ts'

const micros = fc.integer({ min: 0, max: 10_000_000 })
const balance = fc.record({ reserved: micros, settled: micros })

const move = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), amount: micros }),
  fc.record({ kind: fc.constant('extend' as const), amount: micros }),
  fc.record({ kind: fc.constant('settle' as const), cost: micros }),
  fc.record({ kind: fc.constant('late' as const), cost: micros }),
)

describe('an account', () => {
  test('is never negative, and no hold takes it above its cap, whatever is reserved, extended, settled and released', () => {
    fc.assert(
      fc.property(micros, fc.array(move, { maxLength: 60 }), (cap, moves) => {
        let account = { reserved: 0, settled: 0 }
        const holds: number[] = []
        for (const step of moves) {
          if (step.kind === 'reserve' || step.kind === 'extend') {
            if (!hasRoom(cap, account, step.amount)) continue
            account = { ...account, reserved: account.reserved + step.amount }
            if (step.kind === 'reserve') holds.push(step.amount)
            else if (holds.length > 0) holds[0] = (holds[0] ?? 0) + step.amount
            else holds.push(step.amount)
            expect(account.reserved + account.settled).toBeLessThanOrEqual(cap)
          } else if (step.kind === 'settle') {
            const hold = holds.shift()
            if (hold === undefined) continue
            account = { reserved: account.reserved - hold, settled: account.settled + step.cost }
          } else account = { ...account, settled: account.settled + step.cost }
          expect(Math.min(account.reserved, account.settled)).toBeGreaterThanOrEqual(0)
          expect(account.reserved).toBe(holds.reduce((sum, hold) => sum + hold, 0))
          // I2
          expect(cap + overrun(cap, account)).toBe((remaining(cap, account) ?? 0) + account.reserved + account.settled)
        }
      }),
    )
  })

  test('has room exactly for what remains, and none once it is spent', () => {
    fc.assert(
      fc.property(micros, balance, micros, (cap, standing, amount) => {
        const left = remaining(cap, standing) ?? 0
        expect(hasRoom(cap, standing, amount)).toBe(left > 0 && amount <= left)
        expect(hasRoom(null, standing, amount)).toBe(true)
      }),
    )
  })

  test('an override of what is asked for leaves room for what was missing', () => {
    fc.assert(
      fc.property(micros, balance, micros, (cap, standing, needed) => {
        fc.pre(!hasRoom(cap, standing, needed))
        const amount = overrideMicros(cap, standing, needed)
        expect(amount).toBeGreaterThanOrEqual(cap / 2)
        expect(hasRoom(cap + amount, standing, needed)).toBe(true)
      }),
    )
  })
})

describe('the ceiling', () => {
  const adjustments = [
    { windowKey: '2026-01-05', amount: 50, approvalId: 'a' },
    { windowKey: '2026-01-05', amount: 7, approvalId: 'b' },
    { windowKey: '2026-01-06', amount: 1000, approvalId: 'c' },
  ]
  const budget = (cap: number | null) => ({ cap, adjustments }) as never

  test.each([
    ['the default where nothing is set', 100, null, 100],
    ['what was approved for this window, on top of the default', 100, budget(null), 157],
    ['the standing cap in place of the default', 100, budget(10), 67],
    ['none where there is no default either', null, budget(null), null],
    ['a cap of nothing is a cap', 100, budget(0), 57],
  ])('is %s', (_what, standard, standing, expected) => {
    expect(effectiveCap(standard, standing, '2026-01-05')).toBe(expected)
  })

  test.each([
    [799_999, 'OK'],
    [800_000, 'WARN'],
    [949_999, 'WARN'],
    [950_000, 'CRITICAL'],
    [999_999, 'CRITICAL'],
    [1_000_000, 'EXCEEDED'],
    [9_000_000, 'EXCEEDED'],
  ])('%i of a million is %s', (settled, level) => {
    expect(budgetLevel(1_000_000, settled)).toBe(level)
    expect(budgetLevel(null, settled)).toBe('OK')
  })

  test('levels hold to the micro-USD at any size', () => {
    const cap = Number.MAX_SAFE_INTEGER
    expect(budgetLevel(cap, Math.floor(cap * 0.8) - 1000)).toBe('OK')
    expect(budgetLevel(cap, cap)).toBe('EXCEEDED')
    expect(budgetLevel(3, 2)).toBe('OK')
    expect(budgetLevel(0, 0)).toBe('EXCEEDED')
  })
})
