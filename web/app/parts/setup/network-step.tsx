/** Third step: whether other devices may come in, and where they find the server then. */
import type { NetworkReport } from '../../../../src/api/contract/network.ts';
import { faultText } from '../../api/http.ts';
import { useLetOthersIn, useNetwork } from '../../api/network.ts';
import { Button } from '../button.tsx';
import { CopyText } from '../copy-text.tsx';
import { FormError } from '../field.tsx';

export function NetworkStep({ onNext }: { onNext: () => void }) {
  const open = useLetOthersIn();
  const { data, error } = useNetwork(open.isSuccess);
  const fault = open.error ?? error;
  const isOn = data?.https.state === 'on';
  const waits = open.isPending || (open.isSuccess && data?.https.state === 'off');
  return (
    <div className="grid gap-5">
      {isOn ? <Addresses report={data} /> : <Closed report={data} />}
      {fault && <FormError>{faultText(fault)}</FormError>}
      <div className="flex flex-wrap gap-3">
        {!isOn && (
          <Button
            look="primary"
            className="min-h-[44px] grow"
            busy={waits}
            disabled={!data}
            onClick={() => open.mutate()}
          >
            Let other devices in
          </Button>
        )}
        <Button look={isOn ? 'primary' : 'quiet'} className="min-h-[44px] grow" onClick={onNext}>
          {isOn ? 'Go on' : 'Not now'}
        </Button>
      </div>
    </div>
  );
}

function Closed({ report }: { report: NetworkReport | undefined }) {
  return (
    <div className="border-line bg-surface grid gap-2 rounded-xl border p-4">
      <p>
        Phones, tablets and other computers come in over https, encrypted, and sign in like everybody. The
        server makes a certificate for itself; it can be replaced with your own later.
      </p>
      {report?.https.problem && <p className="text-bad">{report.https.problem}</p>}
    </div>
  );
}

function Addresses({ report }: { report: NetworkReport }) {
  const { certificate } = report.https;
  const secure = report.addresses.filter((address) => address.secure);
  return (
    <div className="grid gap-4">
      {secure.length === 0 ? (
        <p className="border-line bg-surface rounded-xl border p-4">
          The server listens for others on port {report.https.port}, but this machine is in no network that
          they could come from.
        </p>
      ) : (
        <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
          {secure.map(({ url, name }) => (
            <li key={url}>
              <CopyText name={name ? 'By name' : 'By address'} text={url} />
            </li>
          ))}
        </ul>
      )}
      {certificate && !certificate.trusted && (
        <div className="text-muted grid gap-2 text-[13px]">
          <p>
            At the first visit the browser warns, because this server vouches for itself. What it shows under
            “certificate” should be this fingerprint (SHA-256):
          </p>
          <code className="bg-surface border-line text-text rounded-lg border px-3 py-2 font-mono text-[12px] break-all">
            {certificate.fingerprint}
          </code>
        </div>
      )}
    </div>
  );
}
