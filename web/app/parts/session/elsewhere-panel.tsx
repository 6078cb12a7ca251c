/** Whether one also signs in elsewhere: linking the own account, and ending that. */
import { useLinkElsewhere, useUnlinkElsewhere } from '../../api/account.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { FormError } from '../field.tsx';
import { Panel } from '../storage/panel.tsx';
import { oidcFaultWords } from './oidc-words.ts';

interface ElsewhereProps {
  /** Of the other place. */
  name: string;
  linked: boolean;
  hasPassword: boolean;
  fault: string | undefined;
}

export function ElsewherePanel({ name, linked, hasPassword, fault }: ElsewhereProps) {
  const link = useLinkElsewhere();
  const unlink = useUnlinkElsewhere();
  const words = fault === undefined ? undefined : oidcFaultWords(fault, name);
  const failed = link.error ?? unlink.error;
  return (
    <Panel
      title={name}
      words={linked ? `You can sign in with ${name}.` : `Link your account to sign in with ${name}, too.`}
    >
      <div className="grid gap-3">
        {!linked && words && <FormError>{words}</FormError>}
        {failed && <FormError>{faultText(failed)}</FormError>}
        {linked && !hasPassword && (
          <p className="text-muted">
            Your account has no password here, so this stays its only way in. An administrator can give it
            one.
          </p>
        )}
        {!linked && (
          <Button
            className="justify-self-start"
            busy={link.isPending || link.isSuccess}
            onClick={() => link.mutate()}
          >
            Link with {name}
          </Button>
        )}
        {linked && hasPassword && (
          <Button
            look="danger"
            className="justify-self-start"
            busy={unlink.isPending}
            onClick={() => unlink.mutate()}
          >
            End the link
          </Button>
        )}
      </div>
    </Panel>
  );
}
