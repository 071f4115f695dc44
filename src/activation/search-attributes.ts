/** Names of the search attributes of a run's workflow. Both are of type Keyword. */
export const searchAttributes = { activation: 'OutflowActivation', outcome: 'OutflowOutcome' } as const;
