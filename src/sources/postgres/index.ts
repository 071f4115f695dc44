import { z } from 'zod';
import { isReference } from '../../schema/references.js';
import { says, twoLines } from '../../schema/shape.js';
import { holdsPassword, isPostgresUrl, withPlaceholders } from '../../schema/urls.js';
import type { SourceType } from '../source.js';

const urlRemedy = 'Write "${WAREHOUSE_URL}", or postgres://user:${WAREHOUSE_PASSWORD}@host:5432/database.';

const url = z.string(says('must be the URL of a PostgreSQL database', urlRemedy)).superRefine((text, ctx) => {
  if (isReference(text)) return;
  if (holdsPassword(text)) {
    ctx.addIssue({ code: 'custom', message: twoLines('holds a password in clear', urlRemedy) });
  } else if (!isPostgresUrl(withPlaceholders(text))) {
    ctx.addIssue({ code: 'custom', message: twoLines('must be the URL of a PostgreSQL database', urlRemedy) });
  }
});

/** A PostgreSQL database, of which Outflow needs the right to SELECT. */
export const postgres: SourceType = {
  type: 'postgres',
  example: '{ type: postgres, url: "${WAREHOUSE_URL}" }',
  settings: { url },
  abilities: { oneMoment: true, checksum: 'statement' },
  open: async ({ name, settings }) => {
    const { openPostgres } = await import('./connections.js');
    return openPostgres(name, settings['url'] as string);
  },
};
