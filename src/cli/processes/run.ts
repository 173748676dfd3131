import { type Config, chosenEngine } from '../../config/config.ts';
import type { Logger } from '../../telemetry/log.ts';
import { greet, onStopSignals } from '../lifecycle.ts';
import { prepareKeys, prepareVoice } from '../prepare.ts';
import { checkProcesses, Processes } from './parent.ts';

/**
 * Serves by several processes until a signal. SIGHUP has each of them read its settings again, SIGUSR2 replaces one after the
 * other. @throws ConfigError where several cannot serve here
 */
export async function runProcesses(config: Config, log: Logger): Promise<void> {
  checkProcesses(config);
  const { dataDir, voice } = await prepareVoice(config); // once, and what is wrong is said once
  const { needsKey } = await prepareKeys(config, dataDir);
  if (chosenEngine(config) === 'onnx')
    log.warn('each process holds voices of its own in memory', { processes: config['server.processes'] });
  const processes = new Processes(config, log);
  const stop = async (): Promise<void> => {
    await processes.stop();
    process.exit(processes.wasKilled ? 130 : 0);
  };
  onStopSignals(
    () => void stop(),
    () => void processes.stop(),
  );
  process.on('SIGHUP', () => processes.reload());
  process.on('SIGUSR2', () => void processes.roll());
  const port = await processes.start().catch(() => process.exit(1)); // the first one has said why
  greet(config, { host: config['server.listen'].host, port }, voice, needsKey, log);
}
