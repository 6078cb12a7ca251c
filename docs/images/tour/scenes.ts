/**
 * What the made-up cameras of the tour look at: drawings that move and begin anew after `sceneSeconds`.
 * In: nothing. Out: SVG with SMIL animation, 1280 by 720.
 */

/** Every motion below takes this long, or a whole part of it: the film can be played round and round. */
export const sceneSeconds = 6;

const frame = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720" width="1280" height="720">${content}</svg>`;

/** Moves its parent along and back. */
const sway = (values: string, seconds = sceneSeconds): string =>
  `<animateTransform attributeName="transform" type="translate" values="${values}" dur="${seconds}s" repeatCount="indefinite"/>`;

const blink = (seconds: number): string =>
  `<animate attributeName="opacity" values="1;.25;1" dur="${seconds}s" repeatCount="indefinite"/>`;

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const gate = frame(`
  <defs>
    <linearGradient id="sky" x2="0" y2="1"><stop stop-color="#1b2747"/><stop offset=".6" stop-color="#6d5f8f"/><stop offset="1" stop-color="#e9a98c"/></linearGradient>
    <radialGradient id="glow"><stop stop-color="#ffe7a8" stop-opacity=".75"/><stop offset="1" stop-color="#ffe7a8" stop-opacity="0"/></radialGradient>
  </defs>
  <rect width="1280" height="720" fill="url(#sky)"/>
  <path d="M0 430 Q200 340 420 410 T860 390 T1280 420 V720 H0Z" fill="#3d3f63"/>
  <path d="M0 500 H1280 V720 H0Z" fill="#2f3b3a"/>
  <path d="M520 500 H760 L1010 720 H270Z" fill="#54504f"/>
  <path d="M636 510 h8 l6 60 h-20z M630 600 h20 l10 110 h-40z" fill="#cfc3a5"/>
  <g fill="#26304a"><rect x="0" y="392" width="330" height="150"/><rect x="950" y="392" width="330" height="150"/></g>
  <g stroke="#1b2338" stroke-width="3">${range(11)
    .map((at) => `<path d="M0 ${400 + at * 14} H330 M950 ${400 + at * 14} H1280"/>`)
    .join('')}</g>
  ${[330, 906].map((x) => `<rect x="${x}" y="300" width="44" height="260" fill="#8a7768"/><rect x="${x - 8}" y="286" width="60" height="18" fill="#a8917d"/><circle cx="${x + 22}" cy="268" r="95" fill="url(#glow)"/><circle cx="${x + 22}" cy="268" r="15" fill="#ffe9b5"/>`).join('')}
  <g>${sway('0 0;0 0;-210 0;-210 0;0 0')}
    <g stroke="#10151f" stroke-width="9" fill="none"><rect x="378" y="370" width="262" height="180"/>${range(
      8,
    )
      .map((at) => `<path d="M${408 + at * 29} 372 V548"/>`)
      .join('')}</g>
  </g>
  <g>${sway('0 0;0 0;210 0;210 0;0 0')}
    <g stroke="#10151f" stroke-width="9" fill="none"><rect x="644" y="370" width="262" height="180"/>${range(
      8,
    )
      .map((at) => `<path d="M${674 + at * 29} 372 V548"/>`)
      .join('')}</g>
  </g>
  <circle cx="1120" cy="150" r="38" fill="#fff1cf"/>
  <g fill="#ffffff" opacity=".16"><ellipse cx="300" cy="130" rx="150" ry="14">${sway('0 0;60 0;0 0')}</ellipse><ellipse cx="760" cy="90" rx="190" ry="11">${sway('0 0;-50 0;0 0')}</ellipse></g>
`);

const yard = frame(`
  <defs>
    <linearGradient id="day" x2="0" y2="1"><stop stop-color="#86b9dd"/><stop offset="1" stop-color="#f3e6c4"/></linearGradient>
    <linearGradient id="grass" x2="0" y2="1"><stop stop-color="#6ea36b"/><stop offset="1" stop-color="#39684a"/></linearGradient>
  </defs>
  <rect width="1280" height="720" fill="url(#day)"/>
  <circle cx="1030" cy="170" r="54" fill="#fff3d0"/>
  <g fill="#fff" opacity=".9">${sway('0 0;70 0;0 0')}<ellipse cx="260" cy="120" rx="70" ry="24"/><ellipse cx="310" cy="104" rx="52" ry="26"/><ellipse cx="660" cy="90" rx="60" ry="18"/><ellipse cx="700" cy="80" rx="38" ry="18"/></g>
  <path d="M0 420 Q320 340 640 400 T1280 380 V720 H0Z" fill="#9dbf9a"/>
  <g fill="#8c6f55"><rect x="0" y="392" width="1280" height="14"/><rect x="0" y="462" width="1280" height="14"/>${range(
    22,
  )
    .map((at) => `<path d="M${at * 60 + 6} 500 V372 l18 -18 l18 18 V500z" fill="#c9b08f"/>`)
    .join('')}</g>
  <path d="M0 492 H1280 V720 H0Z" fill="url(#grass)"/>
  <path d="M760 492 Q700 600 830 720 H1090 Q900 600 880 492Z" fill="#cdbb94"/>
  <path d="M238 300 h34 l14 300 h-62z" fill="#6b4a35"/>
  <g fill="#47794f"><circle cx="255" cy="230" r="118"/><circle cx="172" cy="280" r="78"/><circle cx="338" cy="282" r="82"/></g>
  <g fill="#5d9560"><circle cx="228" cy="212" r="70"/><circle cx="312" cy="236" r="56"/></g>
  <g transform="translate(0 0)">${sway('-60 0;640 0;640 0;-60 0')}<g fill="#3c3a44"><path d="M330 590 q30 -34 78 -16 l20 -30 l8 26 q16 2 16 22 l-18 8 q-6 20 -14 44 h-12 l2 -40 h-46 l-4 40 h-12 l-2 -46 q-26 14 -44 -18 q14 12 28 10z"/></g></g>
  <g stroke="#2f5a3d" stroke-width="4">${range(26)
    .map((at) => `<path d="M${20 + at * 50} ${640 + (at % 3) * 22} l6 -22 m4 22 l-2 -18"/>`)
    .join('')}</g>
  <g fill="#7d4f3a"><rect x="980" y="560" width="190" height="14"/><rect x="980" y="530" width="190" height="12"/><rect x="1000" y="530" width="10" height="90"/><rect x="1140" y="530" width="10" height="90"/></g>
`);

const garage = frame(`
  <defs>
    <linearGradient id="wall" x2="0" y2="1"><stop stop-color="#3b4350"/><stop offset="1" stop-color="#262c36"/></linearGradient>
    <linearGradient id="beam" x2="0" y2="1"><stop stop-color="#fff4d6" stop-opacity=".34"/><stop offset="1" stop-color="#fff4d6" stop-opacity="0"/></linearGradient>
  </defs>
  <rect width="1280" height="720" fill="url(#wall)"/>
  <path d="M0 560 H1280 V720 H0Z" fill="#1b2028"/>
  <g fill="#596374">${range(6)
    .map((at) => `<rect x="70" y="${150 + at * 68}" width="520" height="60" rx="3"/>`)
    .join('')}</g>
  <g fill="#8fa1b8" opacity=".5">${range(4)
    .map((at) => `<rect x="${104 + at * 122}" y="162" width="86" height="36" rx="4"/>`)
    .join('')}</g>
  <g fill="#6a4f3b"><rect x="850" y="214" width="340" height="12"/><rect x="850" y="324" width="340" height="12"/></g>
  <g><rect x="872" y="158" width="60" height="56" fill="#b0553f"/><rect x="940" y="172" width="44" height="42" fill="#c99a4a"/><rect x="1010" y="150" width="88" height="64" fill="#547a6a"/><rect x="1120" y="176" width="46" height="38" fill="#5d7fa8"/><rect x="880" y="276" width="92" height="48" fill="#77808c"/><rect x="1000" y="264" width="48" height="60" fill="#a58b5f"/><rect x="1080" y="280" width="90" height="44" fill="#8c4b4b"/></g>
  <g stroke="#171b22" stroke-width="4"><path d="M640 0 V70"/></g><path d="M580 112 q60 -74 120 0z" fill="#2f7f7a"/><ellipse cx="640" cy="114" rx="34" ry="9" fill="#fff1c9"/>
  <path d="M592 116 H688 L980 700 H300Z" fill="url(#beam)">${blink(3)}</path>
  <g>${sway('0 0;0 0;-14 0;0 0')}
    <path d="M360 560 q10 -60 70 -70 l70 -62 q24 -20 60 -20 h170 q44 0 76 28 l66 56 q70 4 86 62 v32 h-598z" fill="#b8473d"/>
    <path d="M520 484 l44 -40 q14 -12 34 -12 h50 v52z M664 432 h64 q26 0 46 18 l40 34 h-150z" fill="#a9c4d8"/>
    <circle cx="490" cy="592" r="52" fill="#111418"/><circle cx="490" cy="592" r="24" fill="#8a919c"/><circle cx="830" cy="592" r="52" fill="#111418"/><circle cx="830" cy="592" r="24" fill="#8a919c"/>
    <rect x="928" y="520" width="26" height="18" rx="6" fill="#ffe9ad">${blink(2)}</rect>
  </g>
`);

const shopFloor = frame(`
  <defs><linearGradient id="hall" x2="0" y2="1"><stop stop-color="#c7ccd1"/><stop offset="1" stop-color="#8f979f"/></linearGradient></defs>
  <rect width="1280" height="720" fill="url(#hall)"/>
  <g fill="#f4f7fa">${range(5)
    .map((at) => `<path d="M${60 + at * 250} 40 h150 l-14 20 h-122z"/>`)
    .join('')}</g>
  <g stroke="#78818b" stroke-width="10">${range(6)
    .map((at) => `<path d="M${at * 256} 70 V420"/>`)
    .join('')}<path d="M0 78 H1280"/></g>
  <path d="M0 420 H1280 V720 H0Z" fill="#6d747b"/>
  <path d="M0 640 H1280 v10 H0z M0 676 H1280 v10 H0z" fill="#e0b23e"/>
  <g fill="#3a4653"><rect x="0" y="500" width="1280" height="26"/>${range(9)
    .map((at) => `<rect x="${40 + at * 150}" y="526" width="18" height="92"/>`)
    .join('')}</g>
  <g fill="#222a33">${range(26)
    .map((at) => `<circle cx="${20 + at * 50}" cy="513" r="9"/>`)
    .join('')}</g>
  <g>${sway('0 0;300 0', 3)}${range(6)
    .map(
      (at) =>
        `<g transform="translate(${at * 300 - 290} 0)"><rect x="0" y="404" width="120" height="96" fill="#b98a55"/><rect x="52" y="404" width="16" height="96" fill="#d8b88a"/><rect x="14" y="470" width="26" height="18" fill="#f4ead8"/></g>`,
    )
    .join('')}</g>
  <g><g>${sway('0 0;0 84;0 0', 1.5)}<rect x="624" y="90" width="32" height="200" fill="#d7dde3"/><path d="M590 290 h100 v22 h-22 v24 h-12 v-24 h-32 v24 h-12 v-24 h-22z" fill="#e0743c"/></g><rect x="560" y="120" width="160" height="60" rx="8" fill="#2d6f9f"/></g>
  <g transform="translate(1010 250)"><rect width="170" height="170" rx="8" fill="#35566f"/><rect x="20" y="24" width="130" height="70" rx="4" fill="#9fd0c8"/><path d="M30 80 l24 -20 l22 10 l30 -34 l34 24" stroke="#1f4f4a" stroke-width="4" fill="none"/><circle cx="40" cy="130" r="10" fill="#58c26a">${blink(1.5)}</circle><circle cx="76" cy="130" r="10" fill="#e0b23e"/><circle cx="112" cy="130" r="10" fill="#b8473d"/></g>
  <g transform="translate(120 230)"><rect width="190" height="190" rx="8" fill="#5b6772"/><circle cx="95" cy="95" r="62" fill="#414b54"/><g><animateTransform attributeName="transform" type="rotate" values="0 95 95;360 95 95" dur="3s" repeatCount="indefinite"/><path d="M95 40 l12 44 h-24z M95 150 l12 -44 h-24z M40 95 l44 12 v-24z M150 95 l-44 12 v-24z" fill="#c9d2da"/></g></g>
`);

/** By the name of the camera. */
export const scenes: Readonly<Record<string, string>> = {
  Gate: gate,
  Yard: yard,
  Garage: garage,
  'Shop floor': shopFloor,
};
