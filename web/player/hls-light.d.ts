/** hls.js ships one set of types for all its builds, but names it only for the full one. */
declare module 'hls.js/light' {
  export { default as Hls, ErrorDetails, ErrorTypes, Events, isSupported } from 'hls.js';
}
