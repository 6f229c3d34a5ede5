"""Who looks on at this moment."""

from prometheus_client import Gauge

STREAMS = Gauge("wishtree_web_streams", "Pages that hold an event stream open.")
