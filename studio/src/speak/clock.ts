import { useEffect, useState } from 'preact/hooks';

/** Draws the component again with each frame while `isRunning`, and gives what `read` says then. */
export function useFrames<T>(read: () => T, isRunning: boolean): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    setValue(read);
    if (!isRunning) return;
    let frame = requestAnimationFrame(function tick() {
      setValue(read);
      frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [isRunning, read]);
  return value;
}
