import { sql } from 'kysely';
import { openDatabase } from '../../src/db/index.ts';

// A program that writes rows 1, 2, 3, ... into tallystick.rows and prints each number once it was acknowledged,
// until somebody kills it. Its argument is the embedded database's folder.
const data_folder = process.argv[2];
if (data_folder === undefined) {
  throw new Error('usage: write-until-killed FOLDER');
}
const database = await openDatabase({ data_folder });
for (let row = 1; ; row++) {
  await database.asOwner((tx) => sql`insert into rows values (${row})`.execute(tx));
  process.stdout.write(`${row}\n`);
}
