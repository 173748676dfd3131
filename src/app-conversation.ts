import { type Config, inferenceThreads } from './config/config.ts';
import { createListening } from './conversation/listening/listening.ts';
import { createOpenaiModel, type OpenaiModel } from './conversation/model/openai-model.ts';
import type { Listening } from './core/conversation.ts';
import type { Ports } from './core/ports.ts';
import { buildTranscription } from './recognizer/build.ts';
import type { Transcription } from './recognizer/recognizer.ts';

/** What listens to recordings and to microphones, and what answers, as the settings say. */
export function conversationOf(
  config: Config,
  ports: Ports,
): {
  readonly transcription: Transcription | undefined;
  readonly listening: Listening | undefined;
  readonly model: OpenaiModel;
} {
  const transcription = transcriptionOf(config, ports);
  const model = modelOf(config, ports);
  const earlyTexts = model.isSetUp ? config['listening.early_answers'] : 0;
  const listening = transcription && listeningOf(transcription, { ...config, earlyTexts }, ports);
  return { transcription, listening, model };
}

function transcriptionOf(config: Config, ports: Ports): Transcription | undefined {
  return buildTranscription(
    {
      engine: config['transcription.engine'],
      url: config['transcription.url'],
      key: config['transcription.api_key'],
      model: config['transcription.model'],
      threads: inferenceThreads(config),
      stepTimeoutMs: config['queue.timeout'],
      outside: config['transcription.ffmpeg'] === 'auto',
      idleTimeoutMs: config['backend.idle_timeout'],
      totalTimeoutMs: config['backend.total_timeout'],
    },
    ports,
  );
}

function listeningOf(
  transcription: Transcription,
  config: Config & { readonly earlyTexts: number },
  ports: Ports,
): Listening {
  const turnDetection = {
    threshold: config['listening.threshold'],
    prefixMs: config['listening.prefix'],
    silenceMs: config['listening.silence'],
    earlyTexts: config.earlyTexts,
  };
  const bounds = { maxSessions: config['listening.max_sessions'], timeoutMs: config['listening.timeout'] };
  return createListening(transcription, { turnDetection, ...bounds }, ports);
}

const OPENROUTER_HOST = 'openrouter.ai';

/** The language model; where none is set up, one that says so. */
export function modelOf(config: Config, ports: Ports): OpenaiModel {
  const url = config['llm.base_url'];
  const isOpenrouter = URL.canParse(url) && new URL(url).hostname === OPENROUTER_HOST;
  const key = config['llm.api_key'] || (isOpenrouter ? config['llm.openrouter_api_key'] : ''); // goes nowhere else
  return createOpenaiModel(
    {
      url,
      key,
      isSetUp: url !== '' && (key !== '' || !isOpenrouter),
      model: config['llm.model'],
      maxTokens: config['llm.max_tokens'],
      firstTokenTimeoutMs: config['llm.first_token_timeout'],
      nextTokenTimeoutMs: config['llm.next_token_timeout'],
      totalTimeoutMs: config['llm.total_timeout'],
      retries: config['llm.retries'],
    },
    ports,
  );
}
