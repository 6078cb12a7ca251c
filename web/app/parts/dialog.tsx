/** A dialogue: title, text, close button; on a phone it fills the bottom of the screen. */
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button, IconButton } from './button.tsx';

interface DialogProps {
  title: string;
  description: string;
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** Shown as long as it is rendered. */
export function Dialog({ title, description, wide = false, onClose, children }: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="bg-shade fade-in fixed inset-0 z-30 backdrop-blur-[2px]" />
        <Radix.Content
          className={`bg-surface border-line shadow-dialog rise-in fixed z-40 flex max-h-[92dvh] flex-col border outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-2xl sm:inset-0 sm:m-auto sm:h-fit sm:w-[calc(100%-2rem)] sm:rounded-2xl ${wide ? 'sm:max-w-4xl' : 'sm:max-w-lg'}`}
        >
          <div className="flex items-start gap-4 px-5 pt-5 pb-4 sm:px-6">
            <div className="min-w-0 grow">
              <Radix.Title className="text-[17px] font-semibold tracking-[-0.01em]">{title}</Radix.Title>
              <Radix.Description className="text-muted mt-0.5">{description}</Radix.Description>
            </div>
            <Radix.Close asChild>
              <IconButton icon="close" label="Close" className="-mt-1 -mr-2" />
            </Radix.Close>
          </div>
          <div className="min-h-0 overflow-y-auto px-5 pb-5 sm:px-6 sm:pb-6">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Stays in sight while a long form scrolls under it. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return (
    <div className="bg-surface sticky -bottom-5 -mb-5 flex flex-wrap items-center justify-end gap-2.5 pt-5 pb-5 sm:-bottom-6 sm:-mb-6 sm:pb-6 max-sm:[&>button]:grow">
      {children}
    </div>
  );
}

export function CancelButton({ onClick }: { onClick: () => void }) {
  return (
    <Button look="quiet" onClick={onClick}>
      Cancel
    </Button>
  );
}
