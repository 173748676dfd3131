import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Node keeps what it compiled, and the types it stripped: the next start takes two thirds of the time. In the user's own folder, because
 * whoever can write to the cache can run code here. A command calls this before it imports what it does.
 */
export function keepCompiledCode(): void {
  if (!module.enableCompileCache) return;
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE || join(caches, 'fish-edge'));
}
