import type { Task, TaskStatus } from '../model/task.ts'

/** What a task has to wait for: the dependencies that are not DONE. One that cannot be found is not. */
export function openDependencies(
  { dependsOn }: Pick<Task, 'dependsOn'>,
  statusOf: (id: string) => TaskStatus | undefined,
): string[] {
  return dependsOn.filter((id) => statusOf(id) !== 'DONE')
}
