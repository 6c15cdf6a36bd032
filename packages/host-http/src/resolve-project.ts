import type { MissionControlClient, Outcome } from '@mission-control/core'

const PROJECT_ID = /^prj_[0-9A-HJKMNP-TV-Z]{26}$/

/** The id of the project that a path names by id or slug. An id is taken as it is: the operation itself looks who may enter. */
export async function resolveProject(client: MissionControlClient, idOrSlug: string): Promise<Outcome<string>> {
  if (PROJECT_ID.test(idOrSlug)) return { ok: true, data: idOrSlug }
  const outcome = await client.projects.get({ project: idOrSlug })
  return outcome.ok ? { ok: true, data: outcome.data.id } : outcome
}
