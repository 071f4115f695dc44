/** Who has asked for something, and by what. */
export interface Actor {
  /** As they are shown to the others, such as the name of the account that typed the command. */
  who: string;
  by: 'cli' | 'temporal-ui' | 'schedule' | 'recovery' | 'system';
}

/** What Outflow does without being asked. */
export const outflowItself: Actor = { who: 'outflow', by: 'system' };
/** What follows from the probe of a culprit. */
export const recoveryItself: Actor = { who: 'outflow', by: 'recovery' };
