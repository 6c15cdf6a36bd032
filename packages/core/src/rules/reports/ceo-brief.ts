import { bullets, page, said, usd } from './markdown.ts'
import { type ApprovalLine, approvalLine, type Some, section, type TaskLine, taskLine } from './standup.ts'

/** A number of now, and how much it has changed in 24 hours. */
export interface Change {
  readonly count: number
  readonly change: number
}

export interface CeoBrief {
  readonly projectName: string
  /** The date in UTC. */
  readonly date: string
  readonly needsAttention: readonly string[]
  /** In the last 24 hours, against the 24 hours before. */
  readonly completed: Change
  readonly inProgress: Change
  readonly blocked: Change
  readonly review: Change
  readonly needsApproval: Change
  readonly pendingApprovals: Some<ApprovalLine>
  readonly burnTodayMicros: number
  readonly capTodayMicros: number | null
  /** Where it leads by the end of the local day. */
  readonly endOfDayMicros: number
  /** What a person would best look at next. */
  readonly next: readonly TaskLine[]
}

function changed({ count, change }: Change): string {
  return change === 0 ? `${count} (as yesterday)` : `${count} (${change > 0 ? '+' : ''}${change} since yesterday)`
}

/** The brief as Markdown, with what needs attention first. */
export function ceoBriefMarkdown(brief: CeoBrief): string {
  const figures = [
    `Completed in 24 h: ${changed(brief.completed)}`,
    `In progress: ${changed(brief.inProgress)}`,
    `Blocked: ${changed(brief.blocked)}`,
    `In review: ${changed(brief.review)}`,
    `Needs approval: ${changed(brief.needsApproval)}`,
  ]
  const burn = `Burn today: ${usd(brief.burnTodayMicros)} of ${usd(brief.capTodayMicros)}, heading for ${usd(brief.endOfDayMicros)}.`
  return page(
    `# Brief ${brief.date}: ${said(brief.projectName)}`,
    `## Needs attention (${brief.needsAttention.length})\n\n${bullets(brief.needsAttention, 'Nothing.')}`,
    `## Tasks\n\n${bullets(figures, '')}`,
    burn,
    section('Pending approvals', brief.pendingApprovals, approvalLine, 'No approval waits.'),
    `## Next\n\n${bullets(
      brief.next.map((task) => `${task.status}: ${taskLine(task)}`),
      'Nothing is open.',
    )}`,
  )
}
