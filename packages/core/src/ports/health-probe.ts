/** Something beside the store that this host needs: a gateway, an executor, a mail server. */
export interface HealthProbe {
  /** As people know it; it stands in the alert. */
  readonly name: string
  /** Whether it works. One that throws, or takes longer than five seconds, does not. */
  isHealthy(signal: AbortSignal): Promise<boolean>
}
