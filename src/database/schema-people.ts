/**
 * The tables of people and of what they set, as the program sees them: accounts, what stands in for them, the audit log,
 * settings, views. Written as in `schema.ts`.
 */

/** People who sign in. */
interface UsersTable {
  /** `usr_` and 16 characters. */
  id: string;
  name: string;
  /** `name` in NFKC and lower case; unique. */
  name_key: string;
  /** argon2id, PHC string; null: signs in elsewhere only. */
  password_hash: string | null;
  /** `<issuer>|<subject>` of an OpenID Connect login; unique; null without. */
  external_subject: string | null;
  /** `viewer`, `operator` or `admin`. */
  role: string;
  /** JSON text (`src/accounts/access.ts`, `Grants`). */
  grants: string;
  disabled: number;
  created_ms: number;
  changed_ms: number;
  signed_in_ms: number | null;
}

/** Browsers that are signed in. */
interface UserSessionsTable {
  /** `ses_` and 16 characters; may be shown. */
  id: string;
  /** SHA-256 of what the cookie holds, hex. */
  secret_hash: string;
  user_id: string;
  /** `password`, `oidc` or `setup`. */
  method: string;
  /** IP address and user agent it began with. */
  address: string;
  client: string;
  created_ms: number;
  seen_ms: number;
  expires_ms: number;
}

interface ApiKeysTable {
  /** `key_` and 16 characters; part of the key that is shown. */
  id: string;
  /** SHA-256 of its secret, hex. */
  secret_hash: string;
  /** Never may more than this user. */
  user_id: string;
  name: string;
  /** JSON array of `Permission`. */
  scopes: string;
  /** JSON text, `Grants`; null: those of its user. */
  grants: string | null;
  created_ms: number;
  /** Null: never. */
  expires_ms: number | null;
  used_ms: number | null;
}

/** Accounts of recorders and other devices for RTSP and ONVIF; nobody signs in with them. */
interface DeviceAccountsTable {
  /** `dev_` and 16 characters. */
  id: string;
  name: string;
  /** Digest needs the password itself: sealed with the server's secret (`src/io/secret-box.ts`). */
  password_sealed: string;
  grants: string;
  created_ms: number;
  used_ms: number | null;
}

/** Links for people without an account: one camera, live or a range. */
interface ShareLinksTable {
  /** `shr_` and 16 characters. */
  id: string;
  /** SHA-256 of what the link holds, hex. */
  secret_hash: string;
  /** Never may more than this user. */
  user_id: string;
  camera_id: string;
  live: number;
  /** Both null when it is live only. */
  from_ms: number | null;
  to_ms: number | null;
  note: string;
  created_ms: number;
  expires_ms: number;
  used_ms: number | null;
  uses: number;
}

/** ES256 keys that media tokens are signed with; the newest signs, all verify. */
interface SigningKeysTable {
  /** `kid` of the tokens. */
  id: string;
  public_jwk: string;
  /** PKCS 8, sealed. */
  private_sealed: string;
  created_ms: number;
}

/** Who did what. Rows are never changed; the oldest go. */
interface AuditTable {
  /** `aud_`, the time in base 32 and random characters: sorts by time. */
  id: string;
  at_ms: number;
  /** `user`, `key`, `device`, `share`, `token`, `nobody`, `local`, `system`. */
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  address: string;
  /** For example `session.create` or `camera.watch`. */
  action: string;
  /** `done` or `refused`. */
  outcome: string;
  camera_id: string | null;
  /** What else it was done to: an id or a name; may be empty. */
  target: string;
  /** Plain words; may be empty. */
  detail: string;
}

/** Settings that differ from file and default. */
interface SettingsTable {
  /** Empty: of the server. */
  camera_id: string;
  key: string;
  /** JSON text. */
  value: string;
  changed_ms: number;
  /** Id of who changed it. */
  changed_by: string;
}

/** Saved arrangements of cameras. */
interface ViewsTable {
  /** `viw_` and 16 characters. */
  id: string;
  user_id: string;
  name: string;
  /** 1: everybody sees it (with the cameras that they may see). */
  shared: number;
  /** JSON text. */
  layout: string;
  created_ms: number;
  changed_ms: number;
}

export interface PeopleSchema {
  users: UsersTable;
  user_sessions: UserSessionsTable;
  api_keys: ApiKeysTable;
  device_accounts: DeviceAccountsTable;
  share_links: ShareLinksTable;
  signing_keys: SigningKeysTable;
  audit: AuditTable;
  settings: SettingsTable;
  views: ViewsTable;
}
