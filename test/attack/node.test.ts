import { attack } from './attack.ts';

attack('node');
