"""WebRTC clients of GStreamer (webrtcbin): one that watches (WHEP), one that sends (WHIP).

Usage: gstreamer-webrtc.py watch|publish URL
Writes a line for each event: `answered STATUS CODE`, `pictures COUNT`, `sound`. Ends with its standard input.
"""
import ctypes
import json
import os
import sys
import threading
import urllib.error
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

Gst.init(None)
mode, url = sys.argv[1:3]
loop = GLib.MainLoop()


def say(*words):
    # In one piece: several threads speak.
    os.write(1, (' '.join(map(str, words)) + '\n').encode())


def post(sdp):
    request = urllib.request.Request(
        url, data=sdp.encode(), headers={"content-type": "application/sdp"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            say("answered", answer.status)
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        say("answered", error.code, json.loads(error.read()).get("code"))
        return None


kept = []


def on_loopback(webrtc):
    """By itself libnice leaves that interface out, and the bindings have no way to tell it."""
    ice = webrtc.get_property("ice-agent")
    agent = ice.get_property("agent")
    # The bindings would give back references that they never took.
    kept.extend((ice, agent))
    nice = ctypes.CDLL("libnice.so.10")
    nice.nice_address_new.restype = ctypes.c_void_p
    address = ctypes.c_void_p(nice.nice_address_new())
    nice.nice_address_set_from_string(address, b"127.0.0.1")
    nice.nice_agent_add_local_address(ctypes.c_void_p(hash(agent)), address)


offered = []


def negotiate(webrtc):
    # It asks again and again while the answer is on its way.
    if offered:
        return
    offered.append(True)

    def created(promise, _):
        promise.wait()
        # What it holds goes away with the reply.
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        text = offer.sdp.as_text()
        webrtc.emit("set-local-description", offer, Gst.Promise.new())
        threading.Thread(target=exchange, args=(text,), daemon=True).start()

    def exchange(text):
        answer = post(text)
        if answer is None:
            return
        _, message = GstSdp.SDPMessage.new()
        GstSdp.sdp_message_parse_buffer(answer.encode(), message)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        webrtc.emit("set-remote-description", description, Gst.Promise.new())

    webrtc.emit("create-offer", None, Gst.Promise.new_with_change_func(created, None))


def watch():
    pipeline = Gst.Pipeline.new()
    webrtc = Gst.ElementFactory.make("webrtcbin")
    webrtc.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    pipeline.add(webrtc)
    for caps in (
        "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96,packetization-mode=(string)1,"
        "rtcp-fb-nack=(boolean)true,rtcp-fb-nack-pli=(boolean)true",
        "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=97,encoding-params=(string)2",
    ):
        webrtc.emit(
            "add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps)
        )
    pictures = 0

    def picture(*_):
        nonlocal pictures
        pictures += 1
        if pictures in (1, 5) or pictures % 25 == 0:
            say("pictures", pictures)

    def added(_, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        media = pad.get_current_caps().get_structure(0).get_string("media")
        way = (
            "rtph264depay ! h264parse ! avdec_h264 ! fakesink name=sink signal-handoffs=true sync=false"
            if media == "video"
            else "rtpopusdepay ! opusdec ! fakesink name=sink signal-handoffs=true sync=false"
        )
        bin = Gst.parse_bin_from_description(f"queue ! {way}", True)
        heard = []

        def sound(*_):
            if not heard:
                heard.append(True)
                say("sound")

        bin.get_by_name("sink").connect("handoff", picture if media == "video" else sound)
        pipeline.add(bin)
        bin.sync_state_with_parent()
        pad.link(bin.get_static_pad("sink"))

    on_loopback(webrtc)
    webrtc.connect("pad-added", added)
    webrtc.connect("on-negotiation-needed", negotiate)
    pipeline.set_state(Gst.State.PLAYING)
    return pipeline


def publish():
    pipeline = Gst.parse_launch(
        "webrtcbin name=webrtc bundle-policy=max-bundle "
        "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=25/1 ! videoconvert ! "
        "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=250 bitrate=800 ! "
        "video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency ! "
        "application/x-rtp,media=video,encoding-name=H264,payload=96,packetization-mode=(string)1 ! webrtc. "
        "audiotestsrc is-live=true ! opusenc ! rtpopuspay ! "
        "application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! webrtc. "
    )
    webrtc = pipeline.get_by_name("webrtc")
    on_loopback(webrtc)
    webrtc.connect("on-negotiation-needed", negotiate)
    pipeline.set_state(Gst.State.PLAYING)
    return pipeline


def until_told():
    sys.stdin.read()
    loop.quit()


threading.Thread(target=until_told, daemon=True).start()
running = watch() if mode == "watch" else publish()
bus = running.get_bus()
bus.add_signal_watch()
bus.connect("message::error", lambda _, message: say("error", message.parse_error()))
loop.run()
running.set_state(Gst.State.NULL)
os._exit(0)
