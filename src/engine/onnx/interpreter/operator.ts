import type { Node } from '../prepare/model.ts';
import type { Room, Value } from './value.ts';

/** What a node makes of its inputs, of which optional ones are undefined. @throws RangeError for what it cannot do */
export type Operator = (inputs: readonly (Value | undefined)[], node: Node, room: Room) => readonly Value[];
