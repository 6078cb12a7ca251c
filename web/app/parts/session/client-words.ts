/** Which browser, on which system. In: a user agent. Out: for example “Firefox on Linux”. */

/** The first that matches: later ones claim to be others as well. */
const browsers = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const;

const systems = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
] as const;

export function clientWords(client: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(client))?.[1];
  const system = systems.find(([pattern]) => pattern.test(client))?.[1];
  const name = browser ?? (client.split(/[\s/]/)[0] || 'An unknown program');
  return system === undefined ? name : `${name} on ${system}`;
}
