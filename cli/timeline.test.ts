import { describe, expect, it } from 'vitest';
import { FIRST_PERSONALITY_CLASS, TraceClass } from '../kernel/trace/events.ts';
import { timelineJson } from './timeline.ts';
import { createTrace, declareEvents } from '../kernel/trace/trace.ts';

describe('timelineJson', () => {
  it('makes a span of a call, an instant of the rest, and tells what was lost', () => {
    let now = 0;
    const trace = createTrace({
      sizeWords: 64,
      nowNs: () => (now += 1000),
      mask: FIRST_PERSONALITY_CLASS | TraceClass.Wait,
    });
    const own = declareEvents(trace.control, [
      { name: 'enter', class: FIRST_PERSONALITY_CLASS, span: 'begin', fields: ['who', 'call'], format: '%d %d' },
      {
        name: 'leave',
        class: FIRST_PERSONALITY_CLASS,
        span: 'end',
        fields: ['who', 'call', 'result'],
        format: '%d %d %d',
      },
    ]);
    own.enter(7, 1);
    trace.park(9);
    own.leave(7, 1, 5);
    const { traceEvents, otherData } = JSON.parse(timelineJson(trace, (number) => `call${number}`));
    expect(traceEvents).toMatchObject([
      { name: 'call1', ph: 'B', ts: 1, tid: 7 },
      { name: 'park', ph: 'i', ts: 2, args: { dispatcher: 9 } },
      { name: 'call1', ph: 'E', ts: 3, tid: 7, args: { result: 5 } },
    ]);
    expect(otherData).toEqual({ overwritten: 0 });
  });

  it('counts the records that newer ones overwrote', () => {
    const trace = createTrace({ sizeWords: 64, nowNs: () => 0, mask: TraceClass.Wait });
    for (let i = 0; i < 100; i++) trace.park(i);
    const { traceEvents, otherData } = JSON.parse(timelineJson(trace, String));
    expect(traceEvents.length + otherData.overwritten).toBe(100);
  });
});
