// Reads a query by COPY and throws it away: what no reader of a segment can beat. A process of its own, so that nothing
// else has warmed it up or filled its heap. The time runs from the statement to the end of its data: connecting is not in it.
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

const [sql] = process.argv.slice(2);
const client = new pg.Client({ connectionString: process.env['SOURCE_URL'] });
await client.connect();
const startedAt = performance.now();
const copy = client.query(copyTo(`copy (${sql}) to stdout`));
let bytes = 0;
copy.on('data', (piece: Buffer) => (bytes += piece.length));
await new Promise((resolve, reject) => copy.once('end', resolve).once('error', reject));
const seconds = (performance.now() - startedAt) / 1000;
await client.end();
process.send!({ seconds, bytes });
process.disconnect();
