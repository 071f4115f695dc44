import fc from 'fast-check';

const USUAL_SEED = 1827;

/** From which everything is drawn that a test draws at random: a test that fails fails again, until it is mended. */
export const seed = Number(process.env['OUTFLOW_TEST_SEED'] || USUAL_SEED);

if (!Number.isSafeInteger(seed)) throw new Error('OUTFLOW_TEST_SEED is a whole number.');
fc.configureGlobal({ seed });
