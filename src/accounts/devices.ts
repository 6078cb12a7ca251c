/**
 * Accounts of recorders and other devices, for RTSP and ONVIF: nobody signs in with them.
 *
 * In:  who is added and removed. Out: accounts with their passwords, for Digest needs the password itself. Promises:
 * passwords stand sealed in the database; one that cannot be opened lets nobody in.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { namedId } from '../base/ids.ts';
import type { DeviceAccountRow } from '../database/device-accounts.ts';
import {
  deleteDeviceAccount,
  insertDeviceAccount,
  listDeviceAccounts,
  markDeviceUsed,
} from '../database/device-accounts.ts';
import type { SecretBox } from '../io/secret-box.ts';
import type { Grants, Principal } from './access.ts';
import type { MachineParts } from './api-keys.ts';
import { parseGrants } from './user.ts';

export interface DeviceEntry {
  readonly id: string;
  readonly name: string;
  readonly grants: Grants;
  readonly createdMs: number;
  readonly usedMs: number | null;
}

export interface NewDevice {
  readonly name: string;
  readonly grants: Grants;
  /** One is made when absent. */
  readonly password?: string | undefined;
}

/** An account of the configuration file: it may watch every camera, and send to every one. */
export interface DeclaredDevice {
  readonly name: string;
  readonly password: string;
}

interface Held {
  readonly entry: DeviceEntry;
  readonly password: string | undefined;
  readonly principal: Principal;
  usedMs: number | null;
}

/** More recorders than a site has; each is held in memory. */
const maxDevices = 1000;
const usedStepMs = 60_000;
/** 32 characters, none of which looks like another: 24 of them are 120 bits that can be typed with a remote control. */
const passwordCharacters = '0123456789abcdefghjkmnpqrstvwxyz';
const passwordLength = 24;

export class Devices {
  readonly #parts: MachineParts & { readonly box: SecretBox };
  /** By name: that is how they present themselves. */
  readonly #devices = new Map<string, Held>();
  /** Of the configuration file, by name: they come first, and are nobody's to delete. */
  readonly #declared = new Map<string, Held>();

  private constructor(parts: MachineParts & { readonly box: SecretBox }) {
    this.#parts = parts;
  }

  /** Declared names come first; what they hide is said in the log. */
  static async open(
    parts: MachineParts & { readonly box: SecretBox },
    declared: readonly DeclaredDevice[],
  ): Promise<Devices> {
    const devices = new Devices(parts);
    for (const row of await listDeviceAccounts(parts.queries)) devices.#hold(row);
    for (const device of declared) devices.#declare(device);
    return devices;
  }

  list(): DeviceEntry[] {
    return [...this.#devices.values()].map(({ entry, usedMs }) => ({ ...entry, usedMs }));
  }

  async create({
    name,
    grants,
    password,
  }: NewDevice): Promise<
    Result<{ readonly entry: DeviceEntry; readonly password: string }, 'taken' | 'declared' | 'too-many'>
  > {
    if (this.#declared.has(name)) return err('declared');
    if (this.#devices.has(name)) return err('taken');
    if (this.#devices.size >= maxDevices) return err('too-many');
    const { box, clock, queries, random } = this.#parts;
    const id = namedId('dev', random(16));
    const chosen = password ?? newPassword(random(passwordLength));
    const row: DeviceAccountRow = {
      id,
      name,
      password_sealed: box.seal(chosen, boundTo(id)),
      grants: JSON.stringify(grants),
      created_ms: clock.nowMs(),
      used_ms: null,
    };
    const held = this.#hold(row);
    try {
      await insertDeviceAccount(queries, row);
    } catch (error) {
      this.#devices.delete(name);
      throw error;
    }
    return ok({ entry: held.entry, password: chosen });
  }

  /** What was deleted; undefined when there was none. */
  async delete(id: string): Promise<DeviceEntry | undefined> {
    const held = [...this.#devices.values()].find(({ entry }) => entry.id === id);
    if (!held) return undefined;
    this.#devices.delete(held.entry.name);
    this.#parts.changed();
    await deleteDeviceAccount(this.#parts.queries, id);
    return held.entry;
  }

  /** The account of that name, whoever asks. */
  find(name: string): { readonly password: string; readonly principal: Principal } | undefined {
    const held = this.#declared.get(name) ?? this.#devices.get(name);
    if (held?.password === undefined) return undefined;
    return { password: held.password, principal: held.principal };
  }

  /** As it is now, for what goes on. */
  principalOf(id: string): Principal | undefined {
    for (const held of [this.#devices, this.#declared])
      for (const { principal } of held.values()) if (principal.id === id) return principal;
    return undefined;
  }

  /** It proved its password. */
  used(id: string): void {
    const held = [...this.#devices.values()].find(({ entry }) => entry.id === id);
    if (!held) return;
    const { clock, queries, log } = this.#parts;
    const nowMs = clock.nowMs();
    if (held.usedMs !== null && Math.abs(nowMs - held.usedMs) < usedStepMs) return;
    held.usedMs = nowMs;
    markDeviceUsed(queries, held.entry.id, nowMs).catch((error: unknown) => {
      log.warn('The last use of a device account was not stored', { device: held.entry.id, error });
    });
  }

  #declare({ name, password }: DeclaredDevice): void {
    const grants: Grants = { every: ['live', 'publish'], cameras: {} };
    const id = `declared_${name}`;
    const entry = { id, name, grants, createdMs: 0, usedMs: null };
    const principal = devicePrincipal(id, name, grants);
    this.#declared.set(name, { entry, password, principal, usedMs: null });
    if (!this.#devices.has(name)) return;
    this.#parts.log.warn(
      'A device account is of no use: `rtsp.users` has an entry of the same name, which comes first. Delete one of them',
      { device: name },
    );
  }

  #hold(row: DeviceAccountRow): Held {
    const { box, log } = this.#parts;
    const opened = box.open(row.password_sealed, boundTo(row.id));
    if (!opened.ok) {
      const { message } = opened.error;
      log.warn('The password of a device account cannot be read: delete it, and make it anew', {
        device: row.name,
        message,
      });
    }
    const grants = parseGrants(row.grants);
    const { id, name } = row;
    const held: Held = {
      entry: { id, name, grants, createdMs: row.created_ms, usedMs: row.used_ms },
      password: opened.ok ? opened.value : undefined,
      principal: devicePrincipal(id, name, grants),
      usedMs: row.used_ms,
    };
    this.#devices.set(name, held);
    return held;
  }
}

/** What devices may do at all; their grants say with which camera. */
function devicePrincipal(id: string, name: string, grants: Grants): Principal {
  return { kind: 'device', id, name, permissions: new Set(['media:read', 'media:write']), grants };
}

function boundTo(id: string): string {
  return `device_accounts/${id}/password_sealed`;
}

function newPassword(randomBytes: Uint8Array): string {
  return Array.from(randomBytes, (byte) => passwordCharacters[byte % passwordCharacters.length]).join('');
}
