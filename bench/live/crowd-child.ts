/**
 * The clients of crowd.ts, in a process of their own: what notes arrivals must not wait for what writes tokens. All ask in the same
 * moment, each in words of its own, so that nothing is made once for several.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ChatSocket } from './chat-socket.ts';
import type { CrowdReport, CrowdTask } from './crowd.ts';
import { type Played, play } from './playing.ts';

const { url, answers } = JSON.parse(process.argv[2] ?? '{}') as CrowdTask;

async function listen(chat: ChatSocket, answer: string): Promise<Played> {
  const askedMs = performance.now();
  chat.send('user_message', { text: `[[say=${answer}]] What is it?` });
  await chat.until('audio_complete', askedMs);
  return play(chat.arrivals, askedMs);
}

const chats = await Promise.all(answers.map(() => ChatSocket.open(url)));
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const played = await Promise.all(chats.map((chat, index) => listen(chat, answers[index] ?? '')));
delay.disable();
await Promise.all(chats.map((chat) => chat.close()));
const report: CrowdReport = { played, lateMs: delay.max / 1e6 };
process.stdout.write(`${JSON.stringify(report)}\n`);
