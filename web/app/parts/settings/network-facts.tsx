/** How this server is reached now: from which machines, at which addresses, with which certificate. */
import type { CertificateReport, NetworkReport } from '../../../../src/api/contract/network.ts';
import { faultText } from '../../api/http.ts';
import { useWatchedNetwork } from '../../api/network.ts';
import { dateTime } from '../../format.ts';
import { CopyText } from '../copy-text.tsx';

export function NetworkFacts() {
  const { data, error } = useWatchedNetwork();
  if (!data) return <p className="text-muted mt-3">{error ? faultText(error) : 'Looking at the network…'}</p>;
  const { https, http, addresses } = data;
  return (
    <section aria-label="How this server is reached" className="mt-4 grid gap-3">
      <div>
        <h3 className="font-medium">How this server is reached</h3>
        <p className="text-muted text-[13px]">{othersWords(data)}</p>
        {https.problem !== null && <p className="text-bad text-[13px]">{https.problem}</p>}
      </div>
      {addresses.length > 0 && http.otherMachines !== 'refused' && (
        <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
          {addresses.map(({ url, name, secure }) => (
            <li key={url}>
              <CopyText name={addressWords(name, secure)} text={url} />
            </li>
          ))}
        </ul>
      )}
      {https.certificate && <Certificate certificate={https.certificate} />}
    </section>
  );
}

function othersWords({ https, http, addresses }: NetworkReport): string {
  const port = https.port ?? 0;
  if (https.state === 'on' && addresses.length === 0)
    return `It listens for others on port ${port}, but this machine is in no network that they could come from.`;
  if (https.state === 'on' && http.otherMachines === 'served')
    return `Others come in over https on port ${port}, and over http without encryption on port ${http.port}.`;
  if (https.state === 'on') return `Others come in over https, on port ${port}.`;
  return openHttp[http.otherMachines].replace('{port}', String(http.port));
}

/** Without https. */
const openHttp: Readonly<Record<NetworkReport['http']['otherMachines'], string>> = {
  served: 'Others come in over http on port {port}, without encryption: passwords can be read on the way.',
  'led-to-https': 'Others are led to https, which does not listen.',
  refused: 'Only this machine comes in: others are refused as long as https is off.',
  'not-reached': 'Only this machine comes in: it listens on no address that others could reach.',
};

function addressWords(name: boolean, secure: boolean): string {
  return `${name ? 'By name' : 'By address'}${secure ? '' : ', without encryption'}`;
}

function Certificate({ certificate }: { certificate: CertificateReport }) {
  const { kind, untilMs, fingerprint, names, problem, trusted } = certificate;
  return (
    <div className="border-line bg-surface grid gap-2 rounded-xl border p-3.5 text-[13px]">
      <p>
        <span className="font-medium">{kindWords[kind]}</span>
        <span className="text-muted">{` · for ${names.join(', ')} · until ${dateTime(untilMs)}`}</span>
      </p>
      {problem !== null && <p className="text-bad">{problem}</p>}
      {!trusted && (
        <p className="text-muted">
          At the first visit a browser warns. What it shows under “certificate” should be this fingerprint
          (SHA-256):
        </p>
      )}
      <code className="font-mono text-[12px] break-all">{fingerprint}</code>
    </div>
  );
}

const kindWords: Readonly<Record<CertificateReport['kind'], string>> = {
  'self-signed': 'Certificate made by this server',
  files: 'Certificate from your files',
  acme: 'Certificate of an authority (ACME)',
};
