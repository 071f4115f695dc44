/** A piece of the compiled program, and what stands there in a build without the protection. */
interface Replacement {
  /** Below dist/ */
  file: string;
  /** Must be there exactly once. */
  piece: string;
  without: string;
}

/**
 * The protections that can be switched off, to prove that the harness finds what is lost without them. Where two do for each
 * other, both are switched off.
 */
export const protections = {
  /** A request leaves although nobody has recorded that it will, neither with its chunk nor with its run. */
  'attempt-mark': [
    { file: 'delivery/exchange.js', piece: 'await markFreshly(ports);', without: '' },
    { file: 'engine/runs/begin-sending.js', piece: 'set sending = true', without: 'set sending = false' },
  ],
  /** A request leaves whose mark was made before its process was stopped. */
  'fresh-mark': [
    { file: 'delivery/exchange.js', piece: 'if (ports.now() - askedAt <= MARK_FRESH_MS)', without: 'if (askedAt)' },
  ],
  /** What was attempted and never acknowledged reads as if it had not been sent. */
  'doubt-as-owed': [
    {
      file: 'snapshot/store/manifest.js',
      piece: '(c.acked_at is not null or c.sending)',
      without: '(c.acked_at is not null)',
    },
  ],
  /** A sender that has lost its claim keeps to itself what it had sent. */
  'late-send': [{ file: 'activities/record-if-late.js', piece: 'await recordLateSend(engine, chunk);', without: '{}' }],
  /** A run that was overtaken can still acknowledge. */
  'acknowledgement-fence': [
    {
      file: 'delivery/outbox/acknowledge.js',
      piece: 'where ${THIS_CHUNK}\n       returning k.diff_attempt, k.seq, k.last_key)',
      without:
        "where ${THIS_CHUNK.replace(' and exists (select from claimed)', '')}\n       returning k.diff_attempt, k.seq, k.last_key)",
    },
  ],
  /** A request waits for its answer as long as it takes. */
  'request-deadline': [
    {
      file: 'delivery/http/client.js',
      piece: 'AbortSignal.timeout(timeoutMs)',
      without: 'AbortSignal.timeout(3_600_000)',
    },
  ],
  /** Any answer with a status of success acknowledges, whoever has given it. */
  'own-answers': [
    {
      file: 'destinations/kit/by-status.js',
      piece: 'if (answer.isWhole && own.isSuccess(answer))',
      without: 'if (answer.isWhole)',
    },
  ],
  /** What Temporal was told of the engine's database is compared with nothing. */
  'set-back-notice': [
    { file: 'engine/place/position.js', piece: 'if (told.sendings <= here.sendings)', without: 'if (told)' },
  ],
  /** What was acknowledged before the engine's database went back counts as sent. */
  'owed-after-restore': [
    {
      file: 'engine/place/set-back.js',
      piece: "await trx('outflow.snapshot').update({ full_due: because });",
      without: '',
    },
  ],
} as const satisfies Record<string, readonly Replacement[]>;

export type Protection = keyof typeof protections;
