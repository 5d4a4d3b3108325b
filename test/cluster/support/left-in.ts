// What a study has left on a server.
import { Redis } from 'ioredis';
import pg from 'pg';

/** Keys, or rows of tables, that are of this study. */
export async function leftIn(url: string, study: string): Promise<readonly string[]> {
  if (url.startsWith('redis')) {
    const redis = new Redis(url);
    const keys = await redis.keys(`*${study}*`);
    redis.disconnect();
    return keys;
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ table: string }>(
      `select table_name as table from information_schema.columns where table_schema = 'bullmq' and column_name = 'queue'`,
    );
    const left: string[] = [];
    for (const { table } of rows) {
      const found = await client.query(`select 1 from bullmq."${table}" where queue like $1`, [`%${study}%`]);
      if ((found.rowCount ?? 0) > 0) left.push(`${table}: ${found.rowCount}`);
    }
    return left;
  } finally {
    await client.end();
  }
}
