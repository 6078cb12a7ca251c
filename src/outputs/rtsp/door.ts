/**
 * Who may use the RTSP server, as it asks: accounts are known elsewhere, `app` fills this in.
 */

/** Somebody who was let in; what it may is asked with every request. */
export interface Visitor {
  /** For people. */
  readonly name: string;
}

interface DoorAccount {
  readonly password: string;
  readonly visitor: Visitor;
}

export interface Door {
  /** Whoever shows nothing; undefined: everybody has to. */
  readonly everybody: Visitor | undefined;
  /** The account of that name; Digest needs its password. */
  account(name: string): DoorAccount | undefined;
  /** Whether this is no password but stands for itself (a media token, an API key): nobody guesses such things. */
  isSecret(text: string): boolean;
  /** Whose secret it is. It comes in the address, or as the password of Basic. */
  holder(secret: string): Promise<Visitor | undefined>;
  /** It proved who it is. */
  entered(visitor: Visitor): void;
  /** Somebody at this address showed a password or a secret that is worth nothing. */
  refused(address: string): void;
  /** Guesses, counted over all connections. */
  readonly guesses: Guesses;
}

export interface Guesses {
  /** False: this address has guessed too often, and has to wait. Else it counts as a wrong guess until `right`. */
  begin(address: string): boolean;
  right(address: string): void;
}
