import { historyAsJson, recordedHistory } from './record-history.js';

/** Prints a kept history as JSON, to be read: `node --import tsx test/workflows/print-history.ts completed`. */
const [kind] = process.argv.slice(2);
if (kind === undefined) throw new Error('Name a kind of test/histories, such as completed.');
console.log(JSON.stringify(historyAsJson(await recordedHistory(kind)), null, 2));
