# SPDX-License-Identifier: MIT
"""What each peer gives back of a span of trace.py: for each field, how it is kept, where, and as what."""

import json

import trace
import zipkin

# What stands for a field that the peer does not keep, where OTLP has a default for it.
_DEFAULTS = {"flags": 0, "trace state": "", "dropped attributes": 0, "dropped events": 0, "dropped links": 0, "kind": 0,
             "status code": 0}
_ZIPKIN_PEER = {"network.peer.address": "net.peer.ip", "server.address": "peer.service"}


def wanted(peer, form):
    if peer == "zipkin":
        return zipkin.wanted
    if form == "zipkin":
        return _zipkin_to_jaeger if peer == "jaeger" else _zipkin_to_collector
    return _otlp_to_jaeger if peer == "jaeger" else _otlp_to_collector


def _is(path, kind):
    return isinstance(path, tuple) and path[0] == kind


def _otlp_to_collector(span):
    """Nothing is lost: the Collector's own form is OTLP."""
    for path, value in span.items():
        yield path, "kept", path, value


def _otlp_to_jaeger(span):
    for path, value in span.items():
        if path == "flags" or "dropped" in str(path) or _is(path, "link") and path[2] in ("trace state", "flags"):
            yield path, "lost", path, _DEFAULTS[path if isinstance(path, str) else path[2]]
        elif _is(path, "link") and path[2] == "attribute":
            yield path, "lost", path, None
        elif path == "end":
            yield path, "kept", path, max(value, span["start"] + 1)
        elif isinstance(value, tuple) and value[0] in ("array", "map"):
            text = json.dumps(zipkin.in_json(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            yield path, "as text", path, ("string", text.replace("e-0", "e-"))
        else:
            yield path, "kept", path, value
    for path in [path for path in span if _is(path, "link") and path[2] == "span id"]:
        yield path, "kept", ("link", path[1], "attribute", "opentracing.ref_type"), ("string", "follows_from")
    warnings = ["Negative duration detected"] if span["end"] == span["start"] else []
    yield "parent", "kept", "warnings", warnings + _orphan(span)


def _orphan(span):
    remote = span["parent"] == trace.REMOTE_PARENT
    return [f"parent span ID={span['parent']} is not in the trace"] if remote else []


def _zipkin_to_collector(span):
    yield from _zipkin(span)
    if span["status code"] == 2:
        yield "status message", "as text", ("attribute", "error"), ("string", span["status message"])


def _zipkin_to_jaeger(span):
    yield from _zipkin(span)
    if span["status code"] == 2:
        yield "status message", "lost", "status message", ""
    yield "parent", "kept", "warnings", _orphan(span)


def _zipkin(span):
    """What the Zipkin receiver that both share makes of Zipkin v2."""
    for path, value in span.items():
        if path == "start" or _is(path, "event") and path[2] == "time":
            yield path, "in µs", path, value // 1000 * 1000
        elif path == "end":
            # Zipkin has no span without a duration.
            start = span["start"] // 1000 * 1000
            yield path, "in µs", path, start + max(1, (value - span["start"]) // 1000) * 1000
        elif _is(path, "attribute"):
            yield path, "kept" if value[0] == "string" else "as text", path, ("string", zipkin.as_text(value))
        elif _is(path, "event") and path[2] == "name":
            yield path, "as text", path, _annotation(span, path[1])
        elif _is(path, "event") or _is(path, "link"):
            default = 0 if _is(path, "event") and path[2] == "dropped attributes" else None
            yield path, "lost" if _is(path, "link") else "as text", path, default
        elif _is(path, "resource") and path[1] not in ("service.name", "service.namespace"):
            yield path, "lost", path, None
        elif path == "kind" and value not in zipkin.KINDS or path == "status code" and value == 1:
            yield path, "lost", path, 0
        elif path == "status message":
            yield path, "lost", path, ""
        elif path in _DEFAULTS and path not in ("kind", "status code"):
            yield path, "lost", path, _DEFAULTS[path]
        else:
            yield path, "kept", path, value
    yield from _tags(span)


def _annotation(span, i):
    """As zipkin.py reads it back, but here it is a text: the name and its attributes in the order they were given."""
    text = json.dumps(dict(zipkin.attributes_in_json(span, i)), ensure_ascii=False, separators=(",", ":"))
    return json.dumps(span["event", i, "name"], ensure_ascii=False) + ": " + text


def _tags(span):
    """Attributes that Zipkin's form of other fields becomes."""
    for part in ("name", "version"):
        if span[f"scope {part}"]:
            yield f"scope {part}", "kept", ("attribute", f"otel.scope.{part}"), ("string", span[f"scope {part}"])
    for what in ("attributes", "events", "links"):
        if span[f"dropped {what}"]:
            tag = "attribute", f"otel.dropped_{what}_count"
            yield f"dropped {what}", "as text", tag, ("string", str(span[f"dropped {what}"]))
    for key, name in _ZIPKIN_PEER.items():
        if ("attribute", key) in span:
            yield ("attribute", key), "kept", ("attribute", name), span["attribute", key]
    port = "attribute", "network.peer.port"
    if port in span:
        yield port, "kept", ("attribute", "net.peer.port"), span[port]
