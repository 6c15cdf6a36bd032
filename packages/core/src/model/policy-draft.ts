import { z } from 'zod'
import { type PolicyContent, policyContent } from './policy.ts'

/** What a draft says: any fields of any sections. What it does not mention is copied; null leaves it to a broader policy. */
export type PolicyDraftContent = {
  readonly [Section in keyof Given]?: Partial<NonNullable<Given[Section]>> | null | undefined
}
type Given = Required<z.input<typeof policyContent>>

/** A section of which nothing has to be mentioned, and nothing is filled in. */
function mentionedFields(section: z.ZodType): z.ZodType {
  const { shape } = bare(section) as z.ZodObject
  const fields = Object.entries(shape).map(([name, field]) => [name, bare(field).nullable().optional()] as const)
  return z.strictObject(Object.fromEntries(fields)).nullable().optional()
}

/** The schema below the default and the null that every field of a policy has. */
function bare(schema: unknown): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) return bare(schema.unwrap())
  return schema as z.ZodType
}

/** Content of a draft, as it is given. */
export const policyDraftContent = z.strictObject(
  Object.fromEntries(Object.entries(policyContent.shape).map(([name, section]) => [name, mentionedFields(section)])),
) as unknown as z.ZodType<PolicyDraftContent, PolicyDraftContent>

/** The whole content of a draft: what it mentions, and from its base everything else, field by field. */
export function draftedContent(base: PolicyContent | null, draft: PolicyDraftContent): PolicyContent {
  const merged: Record<string, unknown> = { ...base }
  for (const [name, section] of Object.entries(draft)) {
    if (section === undefined) continue
    const before = base?.[name as keyof PolicyContent] ?? {}
    merged[name] = section === null ? null : { ...before, ...withoutUndefined(section) }
  }
  return policyContent.parse(merged)
}

function withoutUndefined(section: object): object {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined))
}
