/** The last place at or before this one that is not inside a character of two units. */
export function characterEnd(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff && at > 1 ? at - 1 : at
}

/** The text up to a length, with a mark where it was cut. */
export function cutText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text
  const mark = '… (cut)'
  return text.slice(0, characterEnd(text, unitsMax - mark.length)) + mark
}
