import type { Listening } from '../../core/conversation.ts';
import { newId } from './item.ts';
import type { SessionChanges } from './session-schema.ts';
import {
  type SessionSettings,
  type TurnSettings,
  usualSettings,
  usualTurns,
  withChanges,
} from './session-settings.ts';
import type { SessionFacts } from './wire-format.ts';

const usualModel = 'gpt-realtime';

/** What a session begins as. */
export interface SessionPlan {
  readonly facts: SessionFacts;
  readonly settings: SessionSettings;
  /** Where the client does not say. */
  readonly usualTurns: TurnSettings;
}

/** @param asked what the client wants of it before it begins @param expiresAt epoch seconds */
export function planSession(
  { type = 'realtime', model, changes }: Partial<SessionChanges>,
  expiresAt: number,
  listening: Listening | undefined,
): SessionPlan {
  const turnDetection = { ...usualTurns, ...listening?.turnDetection };
  if (type === 'transcription') turnDetection.earlyTexts = 0; // nothing is answered
  const transcription = type === 'transcription' ? { model: 'whisper-1' } : null;
  const settings = { ...usualSettings, turnDetection, transcription };
  return {
    facts: { id: newId('sess'), type, model: model ?? usualModel, expiresAt },
    settings: changes ? withChanges(settings, changes, turnDetection) : settings,
    usualTurns: turnDetection,
  };
}
