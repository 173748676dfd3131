import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Peaks } from '../audio/peaks.ts';
import { clock, t } from '../i18n/i18n.ts';
import { theme } from './theme.ts';

interface WaveformProps {
  readonly peaks: Peaks;
  /** Seconds that have come, and that are heard in the end, as far as one can say. */
  readonly seconds: number;
  readonly expected: number;
  readonly position: number;
  readonly onSeek: (seconds: number) => void;
}

const BAR = 3;
const GAP = 2;
const STEP_SECONDS = 5;

/** The audio as bars. It is a slider: arrow keys go back and forth. */
export function Waveform({ peaks, seconds, expected, position, onSeek }: WaveformProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shade = theme.value;
  useEffect(() => {
    if (canvas.current) draw(canvas.current, peaks, Math.max(seconds, expected), position);
  }, [peaks, seconds, expected, position, shade]);
  const seekTo = (to: number): void => onSeek(Math.max(0, Math.min(to, seconds)));
  const onPointer = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    seekTo(((event.clientX - box.left) / box.width) * Math.max(seconds, expected));
  };
  const onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowLeft: -STEP_SECONDS, ArrowRight: STEP_SECONDS };
    const step = steps[event.key];
    if (step !== undefined) seekTo(position + step);
    else if (event.key === 'Home') seekTo(0);
    else if (event.key === 'End') seekTo(seconds);
    else return;
    event.preventDefault();
  };
  return (
    <div
      class="waveform"
      role="slider"
      tabIndex={0}
      aria-label={t('position')}
      aria-valuemin={0}
      aria-valuemax={Math.round(seconds)}
      aria-valuenow={Math.round(position)}
      aria-valuetext={`${clock(position)} / ${clock(seconds)}`}
      onPointerDown={onPointer}
      onKeyDown={onKey}
    >
      <canvas ref={canvas} />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, peaks: Peaks, seconds: number, position: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  const style = getComputedStyle(canvas);
  const [played, coming, empty] = ['--accent', '--wave', '--line'].map((name) =>
    style.getPropertyValue(name),
  );
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const count = Math.max(1, Math.floor((width + GAP) / (BAR + GAP)));
  const heard = seconds > 0 ? (position / seconds) * count : 0;
  for (const [index, peak] of peaks.bars(count, seconds).entries()) {
    const tall = Math.max(BAR, Math.min(1, peak * 1.6) * height);
    context.fillStyle = (peak === 0 ? empty : index < heard ? played : coming) ?? '';
    context.beginPath();
    context.roundRect(index * (BAR + GAP), (height - tall) / 2, BAR, tall, BAR / 2);
    context.fill();
  }
}
