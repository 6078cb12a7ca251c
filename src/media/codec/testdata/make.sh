#!/bin/sh
# Makes the streams in this folder with ffmpeg and GStreamer. Run it here; the results are committed.
set -eu
source=mandelbrot
encode() { # size rate frames file options...
  size=$1 rate=$2 frames=$3 file=$4
  shift 4
  ffmpeg -hide_banner -loglevel error -y -f lavfi -i "$source=size=$size:rate=$rate" -frames:v "$frames" \
    -bitexact -threads 1 "$@" "$file"
}
x264() { file=$1 size=$2 rate=$3 frames=$4; shift 4; encode "$size" "$rate" "$frames" "$file" -c:v libx264 -crf 51 "$@"; }
x265() { # file size rate frames pixels params
  encode "$2" "$3" "$4" "$1" -c:v libx265 -crf 51 -pix_fmt "$5" -x265-params "log-level=0:pools=1:info=0:$6"
}

x264 x264-baseline.h264 64x48 25 8 -profile:v baseline -pix_fmt yuv420p -g 4
x264 x264-interlaced.h264 64x72 25 4 -pix_fmt yuv420p -flags +ildct+ilme
x264 x264-422.h264 66x50 30000/1001 2 -pix_fmt yuv422p
x264 x264-444-lossless.h264 64x49 15 1 -pix_fmt yuv444p
x264 x264-intra-10bit.h264 64x48 50 2 -profile:v high10 -pix_fmt yuv420p10 -x264-params avcintra-class=0:keyint=1
x264 x264-slices.h264 64x96 25 4 -pix_fmt yuv420p -x264-params slices=4:aud=1:bframes=0
x264 x264-intra-refresh.h264 64x48 25 80 -pix_fmt yuv420p -x264-params intra-refresh=1:keyint=10:bframes=0:repeat-headers=1
x265 x265-main.h265 64x64 25 6 yuv420p keyint=3:bframes=0
x265 x265-422-10bit.h265 66x70 30000/1001 2 yuv422p10le bframes=0
x265 x265-444.h265 66x67 15 1 yuv444p bframes=0
x265 x265-pyramid-hrd.h265 64x64 25 20 yuv420p bframes=4:scaling-list=default:repeat-headers=1:aud=1:hrd=1:vbv-bufsize=500:vbv-maxrate=500
source=color
x264 x264-cropped-1080.h264 1920x1080 30 1 -profile:v high -pix_fmt yuv420p
x265 x265-cropped-1080.h265 1920x1080 30 1 yuv420p bframes=3

gst() { timeout 30 gst-launch-1.0 -q videotestsrc pattern=ball num-buffers="$1" ! "video/x-raw,width=$2,height=$3,framerate=10/1" ! $4; }
gst 3 160 96 "openh264enc ! video/x-h264,stream-format=byte-stream ! filesink location=openh264.h264"
# RTP packets behind 16 bit lengths (RFC 4571).
gst 6 128 96 "x264enc key-int-max=3 bframes=0 tune=zerolatency quantizer=40 ! rtph264pay mtu=200 aggregate-mode=zero-latency config-interval=-1 ! rtpstreampay ! filesink location=gstreamer.rtp264"
gst 6 128 96 "x265enc key-int-max=3 bitrate=20 tune=zerolatency ! rtph265pay mtu=200 aggregate-mode=zero-latency config-interval=-1 ! rtpstreampay ! filesink location=gstreamer.rtp265"

# Presentation and decoding times in decoding order, as the encoder gave them.
order() { # file x264-params
  ffmpeg -hide_banner -loglevel error -y -f lavfi -i testsrc2=size=128x96:rate=25 -frames:v 60 -threads 1 \
    -c:v libx264 -x264-params "$2" -video_track_timescale 90000 -f mp4 /tmp/order.mp4
  ffprobe -v error -show_entries packet=pts,dts -of csv=p=0:nk=1 /tmp/order.mp4 | cut -d, -f1,2 >"$1"
  rm /tmp/order.mp4
}
order x264-bframes-3.times "bframes=3:b-adapt=0:b-pyramid=none"
order x264-pyramid.times "bframes=3:b-adapt=0:b-pyramid=normal"
order x264-adaptive.times "bframes=8:b-adapt=2:keyint=20"
