/** Asks before something that cannot be undone. What is focused first is the harmless answer. */
import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { faultText } from '../api/http.ts';
import { Button } from './button.tsx';
import { DialogButtons } from './dialog.tsx';
import { FormError } from './field.tsx';

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** On the buttons. */
  keep: string;
  action: string;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onConfirm: () => void;
}

export function Confirm({ title, children, keep, action, busy, error, onClose, onConfirm }: ConfirmProps) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="bg-shade fade-in fixed inset-0 z-30 backdrop-blur-[2px]" />
        <AlertDialog.Content className="bg-surface border-line shadow-dialog rise-in fixed z-40 border px-6 pt-6 pb-6 outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-2xl sm:inset-0 sm:m-auto sm:h-fit sm:w-[calc(100%-2rem)] sm:max-w-md sm:rounded-2xl">
          <AlertDialog.Title className="text-[17px] font-semibold tracking-[-0.01em]">
            {title}
          </AlertDialog.Title>
          <AlertDialog.Description className="text-muted mt-1.5">{children}</AlertDialog.Description>
          {error !== null && error !== undefined && (
            <div className="mt-4">
              <FormError>{faultText(error)}</FormError>
            </div>
          )}
          <DialogButtons>
            <AlertDialog.Cancel asChild>
              <Button>{keep}</Button>
            </AlertDialog.Cancel>
            <Button look="danger" icon="bin" busy={busy} onClick={onConfirm}>
              {action}
            </Button>
          </DialogButtons>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
