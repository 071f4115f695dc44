import { z } from 'zod';
import { isReference } from '../schema/references.js';
import { choice, says, section, twoLines, wholeNumber } from '../schema/shape.js';
import { holdsPassword, isPostgresUrl, withPlaceholders } from '../schema/urls.js';

const urlRemedy = 'Write "${WAREHOUSE_URL}", or postgres://user:${WAREHOUSE_PASSWORD}@host:5432/database.';

const url = z.string(says('must be the URL of a PostgreSQL database', urlRemedy)).superRefine((text, ctx) => {
  if (isReference(text)) return;
  if (holdsPassword(text)) {
    ctx.addIssue({ code: 'custom', message: twoLines('holds a password in clear', urlRemedy) });
  } else if (!isPostgresUrl(withPlaceholders(text))) {
    ctx.addIssue({ code: 'custom', message: twoLines('must be the URL of a PostgreSQL database', urlRemedy) });
  }
});

/** `sources.<name>` */
export const sourceShape = section(
  {
    type: choice(['postgres'], 'Write type: postgres.'),
    url,
    concurrentReads: wholeNumber(1, 100, 'Write for example concurrentReads: 2.').default(4),
  },
  'Write for example { type: postgres, url: "${WAREHOUSE_URL}" }.',
);
