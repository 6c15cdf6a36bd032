import type { Message } from '../../model/message.ts'
import type { Task, Transition } from '../../model/task.ts'
import type { LoopDetector, LoopFinding } from './finding.ts'

const EXCERPT_CHARS_MAX = 300
const TRANSITIONS_SHOWN_MAX = 10
const PARTIES_SHOWN_MAX = 10

const NAMES: Readonly<Record<LoopDetector, string>> = {
  COMMENT_STORM: 'Comment storm',
  REVIEW_PING_PONG: 'Review ping-pong',
  BACK_AND_FORTH: 'Back-and-forth',
  TOOL_FAILURE: 'Tool failure',
  RUN_FAILURE: 'Run failure',
  OSCILLATION: 'Oscillation',
  NO_PROGRESS: 'No progress',
}

const PROPOSALS: Readonly<Record<LoopDetector, string>> = {
  COMMENT_STORM: 'Split the task or escalate it: it is being talked about instead of worked on.',
  REVIEW_PING_PONG: 'Let a lead arbitrate between author and reviewer.',
  BACK_AND_FORTH: 'Clarify the acceptance criteria: the two parties do not mean the same by done.',
  TOOL_FAILURE: 'Check the service behind the tool before anybody calls it again.',
  RUN_FAILURE: 'Read the errors of the failed runs; give the task to another agent or make it smaller.',
  OSCILLATION: 'Clarify acceptance: the task is moved to and fro because its end is not agreed upon.',
  NO_PROGRESS: 'Read what the call gives; say in the task what to do with it, or take the step by hand.',
}

export function loopName(detector: LoopDetector): string {
  return NAMES[detector]
}

export interface LoopStory {
  readonly finding: LoopFinding
  readonly task: Task | null
  /** The newest first. */
  readonly messages: readonly Pick<Message, 'author' | 'content' | 'type' | 'createdAt'>[]
  readonly transitions: readonly Pick<Transition, 'from' | 'to' | 'actor' | 'reason' | 'createdAt'>[]
  readonly now: number
}

/** What a person needs to untie a loop, in Markdown. The parts it quotes were redacted when they were stored. */
export function loopReport({ finding, task, messages, transitions, now }: LoopStory): string {
  const { detector, count, windowMs, detail } = finding
  const window = windowMs === null ? 'the last ones, whenever they were' : `${Math.round(windowMs / 60_000)} min`
  return [
    `# ${NAMES[detector]}${task === null ? '' : `: ${task.title}`}`,
    '',
    `- Type: ${detector}`,
    `- Counted: ${count} (${detail})`,
    `- Window: ${window}, until ${iso(now)}`,
    `- Task: ${task === null ? 'none' : `${task.id}, ${task.status}`}`,
    '',
    '## Positions',
    ...listed(positions(messages), 'Nobody has written anything.'),
    '',
    '## Recent transitions',
    ...listed(
      transitions
        .slice(0, TRANSITIONS_SHOWN_MAX)
        .map(
          ({ from, to, actor, reason, createdAt }) =>
            `${iso(createdAt)} ${from} → ${to} by ${actor.name}${reason === null ? '' : `: ${excerpt(reason)}`}`,
        ),
      'None.',
    ),
    '',
    '## Proposal',
    PROPOSALS[detector],
    '',
    '## Next steps',
    ...nextSteps(finding, task),
  ].join('\n')
}

/** What whoever was in the loop should remember of it. */
export function loopLesson({ detector, detail }: LoopFinding, reportId: string, now: number): string {
  return [
    `## ${NAMES[detector]}, stopped ${iso(now)}`,
    `Found: ${detail}.`,
    `Proposal: ${PROPOSALS[detector]}`,
    `Report: ${reportId}`,
  ].join('\n')
}

/** The last word of every party. */
function positions(messages: LoopStory['messages']): string[] {
  const last = new Map<string, string>()
  for (const { author, content, createdAt } of messages) {
    if (!last.has(author.id)) last.set(author.id, `${author.name}, ${iso(createdAt)}: ${excerpt(content)}`)
  }
  return [...last.values()].slice(0, PARTIES_SHOWN_MAX)
}

function nextSteps({ detector }: LoopFinding, task: Task | null): string[] {
  const steps = [
    ...(detector === 'TOOL_FAILURE' ? ['LIFT the quarantine of the agent when the service works again.'] : []),
    ...(task === null
      ? []
      : [
          'Decide what is to be done differently, and write it on the task.',
          'Move the task from BLOCKED to ASSIGNED or IN_PROGRESS with a resolution note, or cancel it.',
        ]),
  ]
  return steps.map((step, index) => `${index + 1}. ${step}`)
}

function listed(lines: readonly string[], otherwise: string): string[] {
  return lines.length === 0 ? [otherwise] : lines.map((line) => `- ${line}`)
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const points = [...line]
  return points.length <= EXCERPT_CHARS_MAX ? line : `${points.slice(0, EXCERPT_CHARS_MAX).join('')}…`
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
