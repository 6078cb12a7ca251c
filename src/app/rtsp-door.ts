/**
 * Who may use the RTSP server, and for what: passwords and secrets in, principals and the policy's answers out.
 */
import type { Principal } from '../accounts/access.ts';
import { localOperator, nobody, rightsOn } from '../accounts/access.ts';
import type { AuditLog } from '../accounts/audit.ts';
import type { Machines } from '../accounts/machines.ts';
import { SignInThrottle } from '../accounts/sign-in-throttle.ts';
import { allowed } from '../api/policy.ts';
import type { Clock } from '../base/clock.ts';
import type { Door, Guesses, Visitor } from '../outputs/rtsp/door.ts';

export interface DoorParts {
  readonly clock: Clock;
  readonly machines: Machines;
  readonly audit: Pick<AuditLog, 'recordRefusal'>;
  /** Whether nobody gets in without credentials. */
  readonly closed: boolean;
}

class AccountVisitor implements Visitor {
  readonly name: string;
  readonly principal: Principal;

  constructor(principal: Principal) {
    this.name = principal.name;
    this.principal = principal;
  }
}

/** Media tokens are JSON Web Tokens; keys begin with `sl_`. */
const secretForm = /^(?:ey[\w-]+\.[\w-]+\.[\w-]+|sl_[0-9a-z]{16}_[\w-]{43})$/;

export function rtspDoor({ clock, machines, audit, closed }: DoorParts): Door {
  const { devices, keys, tokens } = machines;
  return {
    everybody: closed ? undefined : new AccountVisitor(localOperator),
    account: (name) => {
      const account = devices.find(name);
      return account && { password: account.password, visitor: new AccountVisitor(account.principal) };
    },
    isSecret: (text) => secretForm.test(text),
    holder: async (secret) => {
      const who = keys.check(secret) ?? (await tokens.check(secret));
      return who && new AccountVisitor(who);
    },
    entered: (visitor) => devices.used(principalOf(visitor).id),
    refused: (address) =>
      audit.recordRefusal({
        who: nobody,
        address,
        action: 'session.create',
        detail: 'RTSP: a wrong password or secret',
      }),
    guesses: guessesOf(clock),
  };
}

export function principalOf(visitor: Visitor): Principal {
  return visitor instanceof AccountVisitor ? visitor.principal : nobody;
}

/** `unseen`: somebody who may not know that there is such a camera. */
export function mayDo(
  visitor: Visitor,
  action: 'camera.watch' | 'camera.publish',
  cameraId: string,
): 'yes' | 'no' | 'unseen' {
  const who = principalOf(visitor);
  if (allowed(who, action, cameraId)) return 'yes';
  return rightsOn(who, cameraId).length > 0 ? 'no' : 'unseen';
}

function guessesOf(clock: Clock): Guesses {
  const throttle = new SignInThrottle(clock);
  return {
    begin: (address) => throttle.begin({ address, name: undefined }) === 0,
    right: (address) => throttle.undone({ address, name: undefined }),
  };
}
