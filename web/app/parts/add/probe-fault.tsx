/** Why a camera could not be tested: a title to recognise, and the server's words on what to do. */
import { Icon } from '../icons.tsx';
import { FormError } from '../field.tsx';

const titles = new Map([
  ['wrong-password', 'The camera refused the user name or password'],
  ['refused', 'Nothing answers at that address'],
  ['no-route', 'The camera cannot be reached'],
  ['timeout', 'The camera did not answer in time'],
  ['not-found', 'The camera has no such stream'],
  ['not-rtsp', 'Something answers there, but it is not a camera stream'],
  ['protocol', 'The camera gave an answer that makes no sense'],
  ['unsupported', 'The camera sends a format that cannot be shown yet'],
  ['tls', 'No safe connection to the camera'],
  ['forbidden-address', 'The rules of this server forbid that address'],
  ['stalled', 'The camera connects, but sends no picture'],
  ['ended', 'The camera closed the connection'],
  ['file', 'The file cannot be read'],
  ['worker', 'The media worker is not running'],
]);

export function ProbeFault({ fault, message }: { fault: string; message: string }) {
  return (
    <FormError>
      <p className="text-bad flex items-center gap-2 font-semibold">
        <Icon name="warn" size={17} />
        {titles.get(fault) ?? 'The connection failed'}
      </p>
      <p className="mt-1 break-words">{message}</p>
    </FormError>
  );
}
