import { respelled } from '../../speech/respell.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';
import { openRespelt } from './word-times.ts';

/** For engines that read letters only: words whose sounds are given are written as they sound. */
export const respelling: Policy = (inner) =>
  withOpen(inner, (written, signal) => {
    const { sounds = [] } = written;
    if (sounds.length === 0) return inner.open(written, signal);
    const respell = (text: string): string => respelled(text, sounds);
    const spoken = { ...written, text: respell(written.text), sounds: undefined };
    return openRespelt(inner, { written, spoken, respell }, signal);
  });
