// Loaded before the server: on SIGUSR2 things go wrong that no request caused and nobody catches.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => {
    console.error(new Error('a stray line'));
    process.emitWarning('a stray warning');
    Promise.reject(new Error('a stray rejection\nof two lines'));
    setTimeout(() => {
      throw new Error('a stray exception');
    }, 50);
  });
}
