/** A secret right after it was made: it cannot be shown again. */
import { Button } from '../button.tsx';
import { CopyText } from '../copy-text.tsx';
import { Dialog, DialogButtons } from '../dialog.tsx';

interface OnceShownProps {
  title: string;
  words: string;
  texts: readonly (readonly [name: string, text: string])[];
  onClose: () => void;
}

export function OnceShown({ title, words, texts, onClose }: OnceShownProps) {
  return (
    <Dialog title={title} description={`Copy it now. ${words}`} onClose={onClose}>
      <ul className="border-line divide-line bg-canvas divide-y rounded-xl border">
        {texts.map(([name, text]) => (
          <li key={name}>
            <CopyText name={name} text={text} />
          </li>
        ))}
      </ul>
      <DialogButtons>
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
