/** What the server's configuration file says of a camera cannot be changed here: greyed, and with a word of where. */
import type { ReactNode } from 'react';

export function ManagedNotice() {
  return (
    <p className="bg-raised border-line rounded-lg border px-3.5 py-3">
      The configuration file of the server (<code className="font-mono text-[13px]">sightline.yaml</code>)
      declares this camera. What it says is greyed here: change it in the file and start the server again.
    </p>
  );
}

/** Fields that the file may say. */
export function Lockable({ locked, children }: { locked: boolean; children: ReactNode }) {
  return (
    <fieldset disabled={locked} className="grid min-w-0 gap-5 disabled:opacity-55">
      {children}
    </fieldset>
  );
}
