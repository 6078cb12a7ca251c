/** Asks before a camera is removed: it cannot be undone. */
import { AlertDialog } from 'radix-ui';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { useDeleteCamera } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { FormError } from '../field.tsx';

interface DeleteProps {
  camera: Camera;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ camera, onClose, onDeleted }: DeleteProps) {
  const remove = useDeleteCamera(camera.id);
  const viewers = camera.status.stats.viewers;
  // The news of it may come before the answer, and take this dialogue away: whoever waits here is told all the same.
  const deleteCamera = () => remove.mutateAsync().then(onDeleted, () => undefined);
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="bg-shade fade-in fixed inset-0 z-30 backdrop-blur-[2px]" />
        <AlertDialog.Content className="bg-surface border-line shadow-dialog rise-in fixed z-40 border px-6 pt-6 pb-6 outline-none max-sm:inset-x-0 max-sm:bottom-0 max-sm:rounded-t-2xl sm:inset-0 sm:m-auto sm:h-fit sm:w-[calc(100%-2rem)] sm:max-w-md sm:rounded-2xl">
          <AlertDialog.Title className="text-[17px] font-semibold tracking-[-0.01em]">
            Delete “{camera.name}”?
          </AlertDialog.Title>
          <AlertDialog.Description className="text-muted mt-1.5">
            Its address and settings are removed from this server. The camera itself is not touched.
            {viewers > 1 && ` ${viewers} people are watching now.`}
          </AlertDialog.Description>
          {remove.isError && (
            <div className="mt-4">
              <FormError>{faultText(remove.error)}</FormError>
            </div>
          )}
          <DialogButtons>
            <AlertDialog.Cancel asChild>
              <Button>Keep it</Button>
            </AlertDialog.Cancel>
            <Button look="danger" icon="bin" busy={remove.isPending} onClick={() => void deleteCamera()}>
              Delete camera
            </Button>
          </DialogButtons>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
