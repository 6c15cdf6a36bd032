/** Names by which a jq filter reads the environment, other files or modules. */
const REACHING_OUT =
  /\$ENV\b|\$__|(?<!(?<!\.)\.)\b(?:env|import|include|modulemeta|get_search_list|input_filename|halt|halt_error)\b/

/** Says how a jq filter reaches beyond its input; null when it does not. Strings are not told apart: rather once too often. */
export function objectionToJq(filter: string): string | null {
  return REACHING_OUT.test(filter) ? 'a jq filter that reaches beyond its input' : null
}
