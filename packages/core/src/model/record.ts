import { z } from 'zod'

/** What every stored row has. `version` starts at 1 and rises by one per write. */
export const recordBase = {
  id: z.string(),
  version: z.int().min(1),
  createdAt: z.int(),
  updatedAt: z.int(),
}

/** A row of one project. */
export const projectRecord = { ...recordBase, projectId: z.string() }

/** A row of the installation. */
export const globalRecord = { ...recordBase, projectId: z.null() }
