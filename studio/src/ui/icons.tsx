import type { ComponentChildren, JSX } from 'preact';

const paths = {
  play: (
    <path
      d="M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8a.8.8 0 0 0-1.2.7Z"
      fill="currentColor"
      stroke="none"
    />
  ),
  pause: <path d="M8 5.5v13M16 5.5v13" stroke-width="3.4" />,
  stop: <rect x="6" y="6" width="12" height="12" rx="2" fill="currentColor" stroke="none" />,
  download: <path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14" />,
  copy: <path d="M9 9h10v11H9zM15 9V4H5v11h4" />,
  moon: <path d="M19.5 14A8 8 0 0 1 10 4.5 8 8 0 1 0 19.5 14Z" />,
  sun: (
    <path d="M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M4.5 4.5 6 6M18 18l1.5 1.5M2.5 12h2M19.5 12h2M4.5 19.5 6 18M18 6l1.5-1.5" />
  ),
  speak: <path d="M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3" />,
  talk: <path d="M12 3.5a3 3 0 0 0-3 3V11a3 3 0 0 0 6 0V6.5a3 3 0 0 0-3-3ZM6 11a6 6 0 0 0 12 0M12 17v3.5" />,
  voices: (
    <path d="M9.5 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM3 19.5c.4-3.3 3-5.5 6.5-5.5s6.1 2.2 6.5 5.5M16 5a3.4 3.4 0 0 1 0 6M18.5 14.5c1.5 1 2.3 2.7 2.5 5" />
  ),
  server: <path d="M4 5h16v5.5H4zM4 13.5h16V19H4zM7.5 7.75h.01M7.5 16.25h.01" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  send: <path d="M12 19.5V5m0 0-6 6m6-6 6 6" />,
  check: <path d="m5 12.5 4.5 4.5L19 7.5" />,
  file: <path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5" />,
  edit: <path d="m4 20 1-4.5L16.5 4 20 7.5 8.5 19z" />,
} as const satisfies Record<string, ComponentChildren>;

export type IconName = keyof typeof paths;

/** Decoration: what it stands for is said by the text beside it, or by the label of its button. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {paths[name]}
    </svg>
  );
}
