import { attack } from './attack.ts';

attack('bun');
