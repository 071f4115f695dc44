import { vi } from 'vitest';
import { stretched } from './patience.js';

/** Set anew for each test file: the load of the machine is another when it begins than when the whole run began. */
vi.setConfig({ testTimeout: stretched(300_000), hookTimeout: stretched(300_000) });
