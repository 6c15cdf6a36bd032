/** Reviews what the others hand in, and takes no tasks itself. */
export const REVIEWER = 'Nova'
