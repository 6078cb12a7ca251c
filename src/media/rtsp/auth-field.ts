/**
 * The grammar of WWW-Authenticate, and of Authorization with parameters (RFC 7235, 2.1 and 4.1).
 * Several challenges may stand in one field. Never throws; what fits nowhere is passed over.
 */

export interface AuthField {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case, values unquoted; the first of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Characters of a field that are read; longer than any header of a camera. */
const maxAuthCharacters = 8192;

/** `name = "quoted"` or `name = plain`, or else a scheme. */
const part =
  /([\w!#$%&'*+.^|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([A-Za-z][\w-]*)(?=[ \t]|,|$)/y;

const separator = /[\s,]/g;

export function parseAuthField(value: string): readonly AuthField[] {
  const text = value.slice(0, maxAuthCharacters);
  const fields: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const match = part.exec(text);
    if (!match) {
      // The whole word is passed over: trying again at each of its letters would take quadratic time.
      separator.lastIndex = at;
      at = Math.max(at + 1, separator.exec(text)?.index ?? text.length);
      continue;
    }
    at = Math.max(part.lastIndex, at + 1);
    const [, name, inQuotes, plain, scheme] = match;
    if (scheme !== undefined) fields.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else addParameter(fields.at(-1)?.parameters, name, inQuotes?.replaceAll(/\\(.)/g, '$1') ?? plain);
  }
  return fields;
}

function addParameter(
  parameters: Map<string, string> | undefined,
  name: string | undefined,
  value: string | undefined,
): void {
  const key = name?.toLowerCase();
  if (parameters && key !== undefined && !parameters.has(key)) parameters.set(key, value ?? '');
}
