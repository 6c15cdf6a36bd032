import type { Approval } from '@mission-control/core'
import {
  block,
  bold,
  hidesSomething,
  lines,
  type Part,
  type RichText,
  revealed,
  rich,
  value,
} from '../text/rich-text.ts'
import { approvalRef, duration, riskSign, usd } from '../text/words.ts'

/** What there is room for beside the lines of a card. */
const ACT_UNITS_MAX = 2200
const PLAN_UNITS_MAX = 700
const WHY_UNITS_MAX = 400
const SUMMARY_UNITS_MAX = 300

/** A request as a card shows it. */
export interface CardText {
  readonly text: RichText
  /** Whether a reader sees all of what would be done, as it is. Otherwise nobody approves it from here. */
  readonly isWhole: boolean
}

/** What a card says of a request that waits. */
export function cardText(approval: Approval, agentName: string, now: number): CardText {
  const act = actLines(approval).join('\n')
  const plan = approval.rollbackPlan ?? ''
  const shown = [approval.actionSummary, approval.justification, act, plan]
  const isLonger = (text: string, unitsMax: number) => revealed(text).length > unitsMax
  const isCut =
    isLonger(act, ACT_UNITS_MAX) ||
    isLonger(plan, PLAN_UNITS_MAX) ||
    isLonger(approval.justification, WHY_UNITS_MAX) ||
    isLonger(approval.actionSummary, SUMMARY_UNITS_MAX)
  const isHiding = shown.some(hidesSomething)
  const votes = approval.decisions.filter(({ verdict }) => verdict === 'APPROVE')
  const cost = approval.estimatedCostMicros === null ? '–' : usd(approval.estimatedCostMicros)
  const text = lines(
    rich(`${riskSign(approval.riskLevel)} ${approvalRef(approval)} `, value(approval.actionSummary, SUMMARY_UNITS_MAX)),
    rich('Agent: ', value(agentName), ` · Risk: ${approval.riskLevel} · Cost: ${cost}`),
    rich('Why: ', value(approval.justification, WHY_UNITS_MAX)),
    `Expires in ${duration(approval.expiresAt - now)}`,
    act === '' ? null : block(act, ACT_UNITS_MAX),
    plan === '' ? null : rich('Rollback: ', block(plan, PLAN_UNITS_MAX)),
    ...votes.map(
      ({ name }): Part => rich(`${votes.length} of ${approval.requiredDecisions}: approved by `, value(name)),
    ),
    isCut ? bold('✂️ This was cut: approve it where all of it is shown.') : null,
    isHiding ? bold('⚠️ This hides characters, shown as ⟦U+…⟧: approve it where it can be looked at.') : null,
  )
  return { text, isWhole: !isCut && !isHiding }
}

/** The act, one argument per line. */
function actLines({ actionType, payload }: Approval): string[] {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return []
  const fields = payload as Readonly<Record<string, unknown>>
  if (actionType !== 'TOOL_CALL') return Object.entries(fields).map(([name, told]) => `${name}: ${written(told)}`)
  const { tool, cwd, input } = fields
  const where = typeof cwd === 'string' ? [`cwd: ${cwd}`] : []
  return [`${written(tool)}`, ...inputLines(input), ...where]
}

function inputLines(input: unknown): string[] {
  if (Array.isArray(input)) return input.map(written)
  if (input === null || typeof input !== 'object') return input == null ? [] : [written(input)]
  const { argv, ...rest } = input as Readonly<Record<string, unknown>>
  const args = Array.isArray(argv) ? argv.map(written) : []
  const named = Array.isArray(argv) || argv === undefined ? rest : { argv, ...rest }
  return [...args, ...Object.entries(named).map(([name, told]) => `${name}: ${written(told)}`)]
}

function written(told: unknown): string {
  return typeof told === 'string' ? told : (JSON.stringify(told) ?? '')
}

/** What a card says once the request has ended. */
export function outcomeText(approval: Approval): RichText {
  return lines(
    outcomeLine(approval),
    rich(`${riskSign(approval.riskLevel)} ${approvalRef(approval)} `, value(approval.actionSummary, SUMMARY_UNITS_MAX)),
  )
}

function outcomeLine({ status, decisions }: Approval): RichText {
  const by = (verdict: 'APPROVE' | 'DENY') => decisions.filter((decision) => decision.verdict === verdict)
  switch (status) {
    case 'APPROVED':
      return rich(
        '✅ Approved by ',
        value(
          by('APPROVE')
            .map(({ name }) => name)
            .join(', '),
        ),
      )
    case 'DENIED': {
      const denial = by('DENY').at(-1)
      return rich('❌ Denied by ', value(denial?.name ?? ''), ': ', value(denial?.reason ?? ''))
    }
    case 'EXPIRED':
      return rich('⌛ Expired')
    default:
      return rich('🚫 Canceled')
  }
}
