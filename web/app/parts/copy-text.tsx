/** Text to be pasted elsewhere, with its name and a button that copies it. */
import { useState } from 'react';
import { IconButton } from './button.tsx';
import { toClipboard } from './clipboard.ts';

const thanksMs = 2000;

interface CopyTextProps {
  name: string;
  text: string;
  hint?: string | undefined;
}

export function CopyText({ name, text, hint }: CopyTextProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await toClipboard(text))) return;
    setCopied(true);
    window.setTimeout(() => setCopied(false), thanksMs);
  };
  return (
    <div className="flex items-start gap-1 py-1.5 pr-1 pl-3.5">
      <div className="min-w-0 grow py-1">
        <p className="text-muted text-[12px]">{name}</p>
        <pre className="font-mono text-[12px] leading-[1.6] break-all whitespace-pre-wrap">{text}</pre>
        {hint !== undefined && <p className="text-faint mt-0.5 text-[12px]">{hint}</p>}
      </div>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? 'Copied' : `Copy: ${name}`}
        onClick={() => void copy()}
      />
      <span role="status" className="sr-only">
        {copied && 'Copied'}
      </span>
    </div>
  );
}
