/**
 * The public key of media tokens as HAProxy reads it. In: the address of a Sightline server. Out: PEM, on standard
 * output. To be run again when the server has a new key.
 */
import { createPublicKey } from 'node:crypto';

const [server = 'http://127.0.0.1:8080'] = process.argv.slice(2);
const answer = await fetch(new URL('/.well-known/jwks.json', server));
if (!answer.ok) throw new Error(`${server} answered ${answer.status}`);
const { keys } = await answer.json();
// The first one signs; others are of the past.
process.stdout.write(
  createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
);
