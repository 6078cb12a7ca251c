/** What the shapes on the timeline mean, drawn as they are drawn there. */
import type { ReactNode } from 'react';

export function Legend() {
  return (
    <ul aria-label="Legend" className="text-muted flex flex-wrap gap-x-4 gap-y-1 text-[12px]">
      <Entry words="Recorded">
        <rect y="2" width="22" height="10" className="fill-accent" opacity="0.72" />
      </Entry>
      <Entry words="Being recorded">
        <rect y="2" width="15" height="10" className="fill-accent" opacity="0.72" />
        <circle cx="16" cy="7" r="4" className="fill-bad" />
      </Entry>
      <Entry words="Missing">
        <path d="M0 12 8 2M7 12l8-10M14 12l8-10" className="stroke-bad" opacity="0.6" strokeWidth="1.5" />
        <path d="M0 2.5h22M0 11.5h22" className="stroke-bad" strokeWidth="1.5" />
      </Entry>
      <Entry words="Disturbed">
        <rect y="2" width="22" height="10" className="fill-accent" opacity="0.72" />
        <path d="M0 2l3 6 3-4 3 4 3-4 3 4 3-4 3 4 2-6z" className="fill-warn" />
      </Entry>
      <Entry words="Event">
        <rect x="2" y="4" width="18" height="7" rx="3.5" className="fill-event" />
      </Entry>
      <Entry words="Held">
        <path d="M1 4v5.5h20V4" fill="none" className="stroke-text" strokeWidth="2" />
      </Entry>
    </ul>
  );
}

function Entry({ words, children }: { words: string; children: ReactNode }) {
  return (
    <li className="flex items-center gap-1.5">
      <svg width="22" height="14" viewBox="0 0 22 14" aria-hidden="true">
        {children}
      </svg>
      {words}
    </li>
  );
}
