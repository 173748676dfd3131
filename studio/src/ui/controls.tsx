import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';

type ButtonProps = {
  readonly icon?: IconName;
  readonly kind?: 'main' | 'plain' | 'quiet' | 'danger';
  readonly children: ComponentChildren;
} & Omit<JSX.IntrinsicElements['button'], 'icon' | 'children'>;

export function Button({ icon, kind = 'plain', children, ...rest }: ButtonProps): JSX.Element {
  return (
    <button type="button" {...rest} class={`button ${kind}`}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

type IconButtonProps = {
  readonly icon: IconName;
  readonly label: string;
  readonly kind?: 'main' | 'quiet';
} & Omit<JSX.IntrinsicElements['button'], 'icon' | 'label'>;

/** A button whose text only screen readers and tooltips have. */
export function IconButton({ icon, label, kind = 'quiet', ...rest }: IconButtonProps): JSX.Element {
  return (
    <button type="button" {...rest} class={`icon-button ${kind}`} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

interface FieldProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly children: (id: string, describedBy: string | undefined) => ComponentChildren;
}

/** A label, a control and perhaps a line below it. */
export function Field({ label, help, children }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id, help === undefined ? undefined : `${id}-help`)}
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/** What went wrong; screen readers say it at once. */
export function Problem({ text }: { readonly text: string }): JSX.Element {
  return (
    <div role="alert" class={text === '' ? 'problem none' : 'problem'}>
      {text}
    </div>
  );
}

/** What is going on; screen readers say it when they have time. */
export function Waiting({ text }: { readonly text: string }): JSX.Element {
  return (
    <p class="waiting" role="status">
      <span class="dots" aria-hidden="true" />
      {text}
    </p>
  );
}

/** How loud it is, from 0 to 1. */
export function Meter({ value, label }: { readonly value: number; readonly label: string }): JSX.Element {
  return (
    <meter
      class="meter"
      min={0}
      max={1}
      low={0.25}
      high={0.92}
      optimum={0.6}
      value={value}
      aria-label={label}
    />
  );
}
