import { instant } from './words.js';

/** The time zone of this machine, as `TZ` or the system says. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: zone });

/** Times as they are read beside this machine's clock. */
export const localTime = {
  zone,
  /** `2026-11-24 23:45`, in `zone`. */
  minute: (at: Date | string): string => format.format(new Date(at)).slice(0, 16),
  /** `2026-11-24 22:45:10 UTC (23:45 Europe/Paris)`; in a zone that is UTC by another name without the bracket. */
  beside: (at: Date | string): string => {
    const utc = instant(at);
    const here = format.format(new Date(at));
    if (utc.startsWith(here)) return utc;
    const day = here.slice(0, 10) === utc.slice(0, 10) ? '' : `${here.slice(0, 10)} `;
    return `${utc} (${day}${here.slice(11, 16)} ${zone})`;
  },
};
