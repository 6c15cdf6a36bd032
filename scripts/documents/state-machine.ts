import { TASK_STATUSES } from '../../packages/core/src/model/task.ts'
import {
  CAPACITIES,
  type Capacity,
  findEdge,
  type Guard,
  TRANSITIONS,
} from '../../packages/core/src/rules/task-lifecycle.ts'
import { codes, page, table } from './markdown.ts'

const capacityMeaning: Readonly<Record<Capacity, string>> = {
  CLAIMANT: 'an agent that takes an unassigned task for itself',
  WORKER: 'the agent that holds the claim, or an assignee while nobody holds it',
  REVIEWER: 'the reviewer named on the task, who is no party to the work',
  LEAD: 'a LEAD or the CAO',
  HUMAN: 'a person with `tasks.manage`',
  SYSTEM: 'Mission Control itself, as the effect of something else',
}

const guardMeaning: Readonly<Record<Guard, string>> = {
  'eligible-assignee': 'At least one assignee may take the task.',
  'work-plan': 'There is a work plan of 3 to 6 bullets that say something.',
  'dependencies-done': 'Every task it depends on is DONE.',
  'worker-ready': 'The agent that is to work on it is free to work.',
  deliverable: 'There is a deliverable with a summary, content or an artifact.',
  checklist: 'The checklist of the task type is filled in; what is unchecked has a note.',
  'changes-resolved': 'Every change a reviewer asked for is resolved.',
  'no-running-run': 'No run of the task is still running.',
  feedback: 'The reviewer says what has to change.',
  'cycles-left': 'The task has review cycles left.',
  'completion-approved': 'A COMPLETE_TASK approval of exactly this deliverable was granted.',
  'no-open-dispute': 'No refuted statement is still open.',
  'pending-approval': 'There is a pending approval to wait for.',
  reason: 'A reason is given.',
  'resolution-note': 'A note says how the obstacle was resolved.',
  'not-intern': 'The agent is no INTERN; an INTERN asks for help instead.',
  'lead-may-finish': 'The policy lets a LEAD finish tasks; otherwise a human does.',
  'returns-where-it-was':
    'The task goes back to the state it came from. A human may choose another one and then meets the guards of entering it.',
  'nothing-pending': 'None of the approvals it waited for is pending. A human who moves it on cancels them.',
}

/** The states of a task and every move between them. */
export function renderStateMachine(): string {
  const cells = TASK_STATUSES.length ** 2
  return page(
    'The states of a task',
    '`packages/core/src/rules/task-lifecycle.ts`',
    `A task is in one of ${TASK_STATUSES.length} states. ${TRANSITIONS.length} of the ${cells} moves between two states exist; every other one is refused with \`TRANSITION_REFUSED\`, whoever asks.`,
    diagram(),
    '## Who may move a task',
    matrix(),
    `${initials()
      .map(([initial, capacity]) => `**${initial}** ${capacityMeaning[capacity]}`)
      .join('; ')}.`,
    '## What must hold',
    table(
      ['From', 'To', 'In the capacity of', 'Guards'],
      TRANSITIONS.map(({ from, to, capacities, guards }) => [from, to, capacities.join(', '), codes(guards)]),
    ),
    '## The guards',
    table(
      ['Guard', 'Holds when'],
      Object.entries(guardMeaning).map(([guard, meaning]) => [`\`${guard}\``, meaning]),
    ),
  )
}

function diagram(): string {
  const moves = TRANSITIONS.map(({ from, to }) => `  ${from} --> ${to}`)
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> INBOX',
    ...moves,
    '  DONE --> [*]',
    '  CANCELED --> [*]',
    '```',
  ].join('\n')
}

function matrix(): string {
  const initialOf = new Map(initials().map(([initial, capacity]) => [capacity, initial]))
  return table(
    ['from \\ to', ...TASK_STATUSES],
    TASK_STATUSES.map((from) => [
      `**${from}**`,
      ...TASK_STATUSES.map(
        (to) =>
          findEdge(from, to)
            ?.capacities.map((one) => initialOf.get(one))
            .join(' ') ?? '',
      ),
    ]),
  )
}

function initials(): readonly (readonly [string, Capacity])[] {
  return CAPACITIES.map((capacity) => [capacity.charAt(0), capacity] as const)
}
