import { respelled } from '../../speech/respell.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';

/** For engines that read letters only: words whose sounds are given are written as they sound. */
export const respelling: Policy = (inner) =>
  withOpen(inner, (request, signal) => {
    if (!request.sounds?.length) return inner.open(request, signal);
    const text = respelled(request.text, request.sounds);
    return inner.open({ ...request, text, sounds: undefined }, signal);
  });
