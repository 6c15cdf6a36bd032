import type { Approval, MissionControlClient, Project } from '@mission-control/core'
import { lines, type Part, rich, value } from '../text/rich-text.ts'
import { riskSign } from '../text/words.ts'
import { dataOf, Refused } from './chat-command.ts'

const PAGE_MAX = 200
const PAGES_MAX = 10
/** Shorter ones say too little about what is meant. */
const SUFFIX_CHARS_MIN = 4
const CANDIDATE_CHARS = 12

/** The one request among all that this person may see whose id ends so; nothing is guessed where two do. */
export async function findApproval(client: MissionControlClient, typed: string): Promise<Approval> {
  const suffix = typed.replace(/^#/, '').toUpperCase()
  const found = suffix.length < SUFFIX_CHARS_MIN ? [] : await endingIn(client, suffix)
  const [first, ...others] = found
  if (first === undefined) throw new Refused(rich('Not found: ', value(typed)))
  if (others.length > 0) throw new Refused(whichOne(found))
  return first
}

function whichOne(found: readonly Approval[]) {
  const rows = found.map((approval): Part => {
    const sign = riskSign(approval.riskLevel)
    return rich(
      `${sign} #${approval.id.slice(-CANDIDATE_CHARS)} `,
      value(approval.actionSummary),
      ` · ${approval.status}`,
    )
  })
  return lines(rich('Which one? ', value(found.map(({ id }) => id).join(', '))), ...rows)
}

async function endingIn(client: MissionControlClient, suffix: string): Promise<Approval[]> {
  const projects = dataOf(await client.projects.list({ limit: PAGE_MAX })).data
  const found = new Map<string, Approval>()
  for (const project of projects) {
    for (const approval of [...(await pending(client, project)), ...(await latest(client, project))]) {
      if (approval.id.toUpperCase().endsWith(suffix)) found.set(approval.id, approval)
    }
  }
  return [...found.values()]
}

/** Everything that waits, however much it is: what is not looked at could be meant as well. */
export async function pending(client: MissionControlClient, { id: projectId }: Project): Promise<readonly Approval[]> {
  const rows: Approval[] = []
  let cursor: string | null = null
  for (let at = 0; at < PAGES_MAX; at++) {
    const page: { data: readonly Approval[]; nextCursor: string | null } = dataOf(
      await client.approvals.list({
        projectId,
        status: 'PENDING',
        limit: PAGE_MAX,
        ...(cursor === null ? {} : { cursor }),
      }),
    )
    rows.push(...page.data)
    cursor = page.nextCursor
    if (cursor === null) break
  }
  return rows
}

async function latest(client: MissionControlClient, { id: projectId }: Project): Promise<readonly Approval[]> {
  return dataOf(await client.approvals.list({ projectId, limit: PAGE_MAX })).data
}
