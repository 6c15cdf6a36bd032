import type { Checklist, TaskType } from '../model/task.ts'
import { redactText } from './redaction.ts'

type Items = readonly (readonly [key: string, label: string])[]

/** What an author assesses, and a reviewer verifies, for each type of task. Order is the order shown. */
export const CHECKLISTS: Readonly<Record<TaskType, Items>> = {
  CONTENT: [
    ['audience', 'Written for the named audience'],
    ['structure', 'Clear structure and headings'],
    ['sources', 'Claims have sources'],
    ['cta', 'Call to action is present'],
    ['language', 'Language checked'],
    ['voice', 'Fits the brand voice'],
    ['altText', 'Images have alternative text'],
    ['links', 'Links work'],
  ],
  ENGINEERING: [
    ['builds', 'Builds'],
    ['tests', 'Tests cover the change and pass'],
    ['secrets', 'No secrets in code or logs'],
    ['errors', 'Errors are handled'],
    ['edgeCases', 'Edge cases considered'],
    ['rollback', 'Can be rolled back'],
    ['performance', 'Performance considered'],
    ['docs', 'Documentation updated'],
    ['style', 'Follows the style of the code base'],
  ],
  CUSTOMER_RESEARCH: [
    ['sources', 'Sources named'],
    ['method', 'Method described'],
    ['confidence', 'Confidence stated'],
    ['limits', 'Limits stated'],
    ['findings', 'Findings are clear'],
    ['advice', 'Advice follows from findings'],
    ['freshness', 'Sources are recent'],
    ['charts', 'Figures or charts where they help'],
  ],
  SOCIAL: [
    ['hook', 'Strong opening'],
    ['tone', 'Fits the tone'],
    ['platform', 'Fits the platform'],
    ['hashtags', 'Hashtags chosen'],
    ['cta', 'Call to action is present'],
    ['media', 'Media attached'],
    ['disclosure', 'Disclosures made'],
    ['timing', 'Time of posting chosen'],
  ],
  EMAIL_MARKETING: [
    ['subject', 'Subject line'],
    ['preview', 'Preview text'],
    ['personalization', 'Personalised'],
    ['trackedLinks', 'Links are tracked'],
    ['unsubscribe', 'Can be unsubscribed'],
    ['mobile', 'Reads well on a phone'],
    ['legal', 'CAN-SPAM and GDPR are met'],
    ['segments', 'Segments chosen'],
    ['sendTime', 'Time of sending chosen'],
  ],
  SEO_RESEARCH: [
    ['keywords', 'Keywords listed'],
    ['volumeDifficulty', 'Volume and difficulty given'],
    ['intent', 'Search intent described'],
    ['competitors', 'Competitors compared'],
    ['gaps', 'Gaps named'],
    ['technical', 'Technical findings'],
    ['advice', 'Advice follows from findings'],
    ['sources', 'Sources named'],
  ],
  DOCS: [
    ['audience', 'Written for the named audience'],
    ['prerequisites', 'Prerequisites named'],
    ['steps', 'Steps are complete'],
    ['testedExamples', 'Examples were run'],
    ['images', 'Images where they help'],
    ['troubleshooting', 'Troubleshooting included'],
    ['links', 'Links work'],
    ['versionDate', 'Version and date stated'],
  ],
  OPS: [
    ['changeRecord', 'Change recorded'],
    ['testedRollback', 'Rollback tested'],
    ['stakeholders', 'Stakeholders told'],
    ['monitoring', 'Monitoring in place'],
    ['backup', 'Backup taken'],
    ['postCheck', 'Checked afterwards'],
    ['runbook', 'Runbook updated'],
    ['incidentPlan', 'Plan for incidents'],
  ],
}

/** The note of an item that nobody assessed. */
const NOT_ASSESSED = 'not self-assessed'

/** What the author says about one item. */
export interface Assessment {
  readonly key: string
  readonly checked: boolean
  readonly note?: string | null | undefined
}

/**
 * The complete checklist of a type from what the author assessed. Items left out stay unchecked;
 * with `fillMissing` they get the note that nobody assessed them.
 */
export function buildChecklist(type: TaskType, assessed: readonly Assessment[], fillMissing: boolean): Checklist {
  const byKey = new Map(assessed.map((entry) => [entry.key, entry]))
  const items = CHECKLISTS[type].flatMap(([key, label]) => {
    const entry = byKey.get(key)
    if (entry === undefined && !fillMissing) return []
    return [
      {
        key,
        label,
        checked: entry?.checked ?? false,
        note: entry === undefined ? NOT_ASSESSED : entry.note == null ? null : redactText(entry.note),
        verifiedBy: null,
        verifiedAt: null,
      },
    ]
  })
  return { type, items }
}

/** What keeps a checklist from being complete: a missing item, or an unchecked one without a note. */
export function checklistGaps(type: TaskType, checklist: Checklist | null): string[] {
  const byKey = new Map(checklist?.items.map((item) => [item.key, item]))
  return CHECKLISTS[type].flatMap(([key]) => {
    const item = byKey.get(key)
    if (item === undefined) return [`${key} is missing`]
    return item.checked || (item.note ?? '').trim() !== '' ? [] : [`${key} is unchecked and has no note`]
  })
}
