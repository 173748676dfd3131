/**
 * A server that works at one place: `lease-server.ts <redis> <slots> <leaseMs> <mode>`. `hold` takes all slots, prints one line
 * and holds them until it is killed; `work` takes and releases for a while, counts in Redis how many work at once, and prints
 * the most it saw.
 */
import { openRedis } from '../../src/adapters/local/redis.ts';
import { openServer } from './support.ts';

const [url = '', slots = '', lease = '', mode = ''] = process.argv.slice(2);
const place = { id: 'gpu', slots: Number(slots), weight: 1 };
const leaseMs = Number(lease);
const { stores } = await openServer(url);
const workMs = 2000;

async function work(): Promise<void> {
  const link = await openRedis(url);
  const inside = (by: number): Promise<unknown> =>
    link.run(`return redis.call('INCRBY', KEYS[1], ARGV[1])`, ['inside'], [by]);
  let most = 0;
  let worked = 0;
  const end = Date.now() + workMs;
  const client = async (): Promise<void> => {
    while (Date.now() < end) {
      const taken = await stores.leases.take([place], leaseMs);
      if (!taken) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      most = Math.max(most, Number(await inside(1)));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      await inside(-1);
      worked++;
      await taken.release();
    }
  };
  await Promise.all(Array.from({ length: 20 }, client));
  console.log(JSON.stringify({ most, worked }));
  process.exit(0);
}

if (mode === 'work') await work();
else {
  for (let i = 0; i < place.slots; i++) await stores.leases.take([place], leaseMs);
  console.log('holds');
}
