/**
 * Foreign programs that the tests talk to. Installed when we may, named exactly when we may not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run } from './setup.mjs';

/** Debian package → a program or file that shows it is there on any system. */
const needed = {
  ffmpeg: ['/usr/bin/ffmpeg'],
  'gstreamer1.0-tools': ['/usr/bin/gst-launch-1.0'],
  'gstreamer1.0-plugins-base': [],
  'gstreamer1.0-plugins-good': [],
  'gstreamer1.0-plugins-bad': [],
  'gstreamer1.0-plugins-ugly': [],
  'gstreamer1.0-libav': [],
  'gir1.2-gst-rtsp-server-1.0': [],
  'python3-gi': [],
  'gstreamer1.0-nice': [],
  'gir1.2-gst-plugins-bad-1.0': [],
  'vlc-bin': ['/usr/bin/cvlc'],
  'vlc-plugin-base': [],
  'python3-opencv': [],
  chromium: ['/usr/bin/chromium'],
  'firefox-esr': ['/usr/bin/firefox-esr'],
  'webkit2gtk-driver': ['/usr/bin/WebKitWebDriver'],
  haproxy: ['/usr/sbin/haproxy'],
  'nginx-light': ['/usr/sbin/nginx'],
  pebble: ['/usr/bin/pebble'],
  xvfb: ['/usr/bin/Xvfb'],
  xauth: ['/usr/bin/xauth'],
  dbus: ['/usr/bin/dbus-run-session'],
  'fonts-dejavu-core': [],
};

export function ensureDebianPackages() {
  const missing = Object.keys(needed).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (!existsSync('/usr/bin/apt-get')) {
    console.error(`The tests need these programs (named as in Debian): ${missing.join(', ')}.`);
    process.exit(1);
  }
  if (process.getuid?.() !== 0) {
    console.error(
      `The tests need some Debian packages. Install them with:\n\n  sudo apt-get install --no-install-recommends ${missing.join(' ')}\n`,
    );
    process.exit(1);
  }
  console.log(`Installing Debian packages for the tests: ${missing.join(' ')} …`);
  process.env['DEBIAN_FRONTEND'] = 'noninteractive';
  run('/usr/bin/apt-get', ['update', '-qq']);
  run('/usr/bin/apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
}

function isInstalled(name) {
  if (existsSync('/usr/bin/dpkg-query')) {
    const { stdout } = spawnSync('/usr/bin/dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' });
    return stdout.includes('ok installed');
  }
  return needed[name].every((path) => existsSync(path)) && needed[name].length > 0;
}
