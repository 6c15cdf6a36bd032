/** Tells one line of the story, after what it says has been asserted. */
export type Tell = (line: string) => void

export function chapter(title: string): Tell {
  console.log(`\n${title}`)
  return (line) => console.log(`  ${line}`)
}
