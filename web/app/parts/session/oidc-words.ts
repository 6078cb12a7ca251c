/**
 * What people are told when signing in elsewhere did not work. In: the word in the address. Out: a sentence that says
 * what to do.
 */
import type { OidcFaultCode } from '../../../../src/api/contract/accounts.ts';

/**
 * @param fault from an address: anybody may have written it
 * @param name of the other place
 */
export function oidcFaultWords(fault: string, name: string): string | undefined {
  return Object.hasOwn(words, fault) ? words[fault as OidcFaultCode](name) : undefined;
}

const words: Readonly<Record<OidcFaultCode, (name: string) => string>> = {
  provider: (name) => `${name} could not be asked. Try again in a minute, or sign in with your password.`,
  expired: () => 'That took too long, or began in another browser. Try again.',
  mismatch: (name) => `The answer of ${name} was not the one that was waited for. Try again.`,
  denied: (name) => `${name} did not let you in, or you said no there.`,
  clock: (name) =>
    `The clocks of this server and of ${name} differ too much. Whoever runs this server has to set its clock.`,
  'unknown-user': (name) =>
    `${name} knows you, but you have no account here. Ask an administrator to add you. If you have one, sign in with its password and link the two under Account.`,
  disabled: () => 'Your account here is disabled. Ask an administrator to enable it.',
  'no-role': (name) =>
    `Nothing that ${name} says of you lets you in here. Ask an administrator which group you need.`,
  'name-taken': () =>
    'There is an account with your name here that is not linked. Sign in with its password and link the two under Account, or ask an administrator.',
  'too-many': () => 'This server cannot take more accounts. Ask an administrator.',
  'linked-already': (name) => `Another account here is linked with that sign-in at ${name} already.`,
};
