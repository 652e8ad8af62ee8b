/** What Unicorn's processor has: no AVX. */
import { Processor } from '../processor.ts';

export const UNICORN_PROCESSOR = new Processor('x86-64-v2');
