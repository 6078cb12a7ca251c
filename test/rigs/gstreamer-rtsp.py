#!/usr/bin/python3
"""An RTSP camera made of GStreamer, for tests.

One argument: a JSON object
  launch     what gst-launch understands, with payloaders named pay0, pay1, ...
  port       TCP port on the loopback, 0 for any free one
  transport  "any", "tcp" or "udp"
  auth       null or {"kind": "basic" | "digest", "user": ..., "password": ...}
  tls        null or the path of a PEM file with certificate and key
  shared     true: all clients see the same moment; false: each client starts the media anew.
             Clients of different transports must not start to play at the same moment: the second
             one's new sinks can then leave a sink of the first in PAUSED for ever, and that track
             stays silent for both (seen with GStreamer 1.22 and FFmpeg as the clients).

Prints "ready <port>" when it listens. Ends when its standard input closes.
"""
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

TRANSPORTS = {
    "any": GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
}


def make_auth(options):
    auth = GstRtspServer.RTSPAuth()
    if options["tls"]:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(options["tls"]))
    login = options["auth"]
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    if not login:
        auth.set_default_token(token)
    elif login["kind"] == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(login["user"], login["password"]), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(login["user"], login["password"], token)
    return auth


def main():
    options = json.loads(sys.argv[1])
    Gst.init(None)
    loop = GLib.MainLoop()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options["port"]))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(options["launch"])
    factory.set_shared(options["shared"])
    factory.set_protocols(TRANSPORTS[options["transport"]])
    if options["auth"] or options["tls"]:
        server.set_auth(make_auth(options))
        structure = Gst.Structure.new_from_string(
            "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        )
        factory.add_role_from_structure(structure)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    print("ready", server.get_bound_port(), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()


main()
