import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { t } from '../i18n/i18n.ts';
import { Button, IconButton } from './controls.tsx';

const COPIED_MS = 1500;

interface CopyButtonProps {
  readonly text: string;
  /** With its word beside the icon. */
  readonly isWide?: boolean;
}

export function CopyButton({ text, isWide = false }: CopyButtonProps): JSX.Element {
  const isCopied = useSignal(false);
  const copy = async (): Promise<void> => {
    await copyText(text);
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), COPIED_MS);
  };
  const icon = isCopied.value ? 'check' : 'copy';
  const label = t(isCopied.value ? 'copied' : 'copy');
  if (!isWide) return <IconButton icon={icon} label={label} onClick={() => void copy()} />;
  return (
    <Button icon={icon} onClick={() => void copy()}>
      {label}
    </Button>
  );
}

/** Pages without TLS have no clipboard: there a selection is copied. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area); // what lies behind a dialog cannot be selected
  area.select();
  document.execCommand('copy');
  area.remove();
}
