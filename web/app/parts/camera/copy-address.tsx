/** The playlist's address, to be pasted into any player. */
import { useState } from 'react';
import { IconButton } from '../button.tsx';

const thanksMs = 2000;

export function CopyAddress({ address }: { address: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await toClipboard(address))) return;
    setCopied(true);
    window.setTimeout(() => setCopied(false), thanksMs);
  };
  return (
    <div className="border-line bg-surface flex items-center gap-1 rounded-xl border py-1 pr-1 pl-3.5">
      <div className="min-w-0 grow py-1">
        <p className="text-muted text-[12px]">HLS address</p>
        <p className="truncate font-mono text-[12px]" title={address}>
          {address}
        </p>
      </div>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? 'Copied' : 'Copy the HLS address'}
        onClick={() => void copy()}
      />
      <span role="status" className="sr-only">
        {copied && 'Copied'}
      </span>
    </div>
  );
}

/** Browsers have the clipboard only on https and localhost; elsewhere the old way still works. */
async function toClipboard(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- the only way without https
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
