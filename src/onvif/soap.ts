/**
 * SOAP as ONVIF devices speak it: a body in an envelope, signed with a password digest when there is one
 * (WS-Security UsernameToken Profile 1.0), and faults as values.
 */
import { createHash } from 'node:crypto';
import type { UnixMs } from '../base/units.ts';
import type { Element } from './xml.ts';
import { child, children, escapeXml, textAt } from './xml.ts';
import { shownWords } from './words.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** What proves that one knows the password, and when. */
export interface Token {
  readonly login: Login;
  /** By the clock of the device: it refuses what is old. */
  readonly createdMs: UnixMs;
  /** Fresh, 16 bytes. */
  readonly nonce: Uint8Array;
}

export interface SoapFault {
  /** `NotAuthorized`, `ActionNotSupported` …: the innermost code, without its prefix. */
  readonly code: string;
  readonly reason: string;
}

/** @param body XML of what is asked, with its namespace declared */
export function envelope(body: string, token?: Token): string {
  const header = token ? `<s:Header>${security(token)}</s:Header>` : '';
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header}<s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** What stands in the body: an answer, or a fault. Undefined when the document is no envelope. */
export function opened(document: Element): Element | SoapFault | undefined {
  const body = document.name === 'Envelope' ? child(document, 'Body') : undefined;
  const fault = child(body, 'Fault');
  if (fault) return readFault(fault);
  return body?.children[0];
}

export function isFault(opened: Element | SoapFault): opened is SoapFault {
  return 'reason' in opened;
}

/** SOAP 1.2 nests its codes; 1.1 has one. */
function readFault(fault: Element): SoapFault {
  let code = child(fault, 'Code') ?? child(fault, 'faultcode');
  let name = textAt(code, 'Value') || (code?.text ?? '');
  for (code = child(code, 'Subcode'); code; code = child(code, 'Subcode')) {
    name = textAt(code, 'Value') || name;
  }
  const reason = children(child(fault, 'Reason'), 'Text')[0]?.text ?? textAt(fault, 'faultstring');
  return { code: shownWords(name.slice(name.lastIndexOf(':') + 1)), reason: shownWords(reason) };
}

const wss = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

/** Base64 of SHA-1 over nonce, created and password: what the profile asks for, and all that cameras know. */
function security({ login, createdMs, nonce }: Token): string {
  const created = new Date(createdMs).toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(login.password).digest('base64');
  return (
    `<w:Security s:mustUnderstand="1" xmlns:w="${wss}-wssecurity-secext-1.0.xsd"` +
    ` xmlns:u="${wss}-wssecurity-utility-1.0.xsd"><w:UsernameToken>` +
    `<w:Username>${escapeXml(login.user)}</w:Username>` +
    `<w:Password Type="${wss}-username-token-profile-1.0#PasswordDigest">${digest}</w:Password>` +
    `<w:Nonce EncodingType="${wss}-soap-message-security-1.0#Base64Binary">` +
    `${Buffer.from(nonce).toString('base64')}</w:Nonce>` +
    `<u:Created>${created}</u:Created></w:UsernameToken></w:Security>`
  );
}
