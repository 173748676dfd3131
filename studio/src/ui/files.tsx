import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Button } from './controls.tsx';

type Take = (file: File) => void | Promise<void>;

/** What makes an element take files that are dropped on it. */
export function dropTarget(
  take: Take,
): Pick<JSX.IntrinsicElements['div'], 'onDragOver' | 'onDragLeave' | 'onDrop'> {
  const mark = (event: DragEvent, isOver: boolean): void => {
    if (event.currentTarget instanceof HTMLElement) event.currentTarget.toggleAttribute('data-drop', isOver);
  };
  return {
    onDragOver(event) {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      mark(event, true);
    },
    onDragLeave: (event) => mark(event, false),
    onDrop(event) {
      const file = event.dataTransfer?.files[0];
      mark(event, false);
      if (!file) return;
      event.preventDefault();
      void take(file);
    },
  };
}

interface FileButtonProps {
  readonly accept: string;
  readonly kind?: 'plain' | 'quiet';
  readonly onFile: Take;
  readonly children: ComponentChildren;
}

export function FileButton({ accept, kind = 'plain', onFile, children }: FileButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const choose = (event: Event): void => {
    const field = event.currentTarget as HTMLInputElement;
    const file = field.files?.[0];
    field.value = '';
    if (file) void onFile(file);
  };
  return (
    <>
      <input ref={input} type="file" hidden accept={accept} onChange={choose} />
      <Button kind={kind} icon="file" onClick={() => input.current?.click()}>
        {children}
      </Button>
    </>
  );
}
