# SPDX-License-Identifier: MIT
"""Zipkin's API read as flat dicts, and what of a trace Zipkin v2 can hold: OpenTelemetry to Zipkin Transformation."""

import base64
import json

KINDS = {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}
REMOTE = {  # of the two spans that name a peer
    "network.peer.address": lambda address, port: {"ipv6": address, "port": port},
    "server.address": lambda address, _: {"serviceName": address.lower()},
}


def read(spans):
    """As a list of spans, each from the path of a field to its value."""
    return [_read(span) for span in spans]


def _read(span):
    fields = {
        "span id": span["id"],
        "parent": span.get("parentId"),
        "name": span.get("name", ""),
        "kind": span.get("kind"),
        "timestamp": span.get("timestamp"),
        "duration": span.get("duration"),
        "service": span.get("localEndpoint"),
    }
    if "remoteEndpoint" in span:
        fields["remote"] = span["remoteEndpoint"]
    for key, value in span.get("tags", {}).items():
        fields["tag", key] = value
    for i, annotation in enumerate(span.get("annotations", [])):
        fields["annotation", i, "time"] = annotation["timestamp"]
        fields["annotation", i, "text"] = _parsed(annotation["value"])
    return fields


def _parsed(text):
    """The name and the attributes in `"name": {...}`."""
    name, end = json.JSONDecoder().raw_decode(text)
    assert text[end:end + 2] == ": ", text
    return name, list(json.loads(text[end + 2:]).items())


def in_json(value):
    kind, content = value
    if kind == "array":
        return [in_json(element) for element in content]
    if kind == "map":
        return {key: in_json(member) for key, member in content.items()}
    if kind == "empty":
        return None
    if kind == "bytes":
        return base64.b64encode(content).decode()
    return content


def as_text(value):
    kind, content = value
    if kind in ("array", "map"):
        return json.dumps(_in_list(value), ensure_ascii=False, separators=(",", ":"))
    if kind == "bool":
        return "true" if content else "false"
    if kind == "double":
        return repr(content)
    return str(in_json(value))


def _in_list(value):
    """Zipkin's tags hold numbers of any size, so unsigned ones are not strings there."""
    if value[0] == "array":
        return [_in_list(element) for element in value[1]]
    content = in_json(value)
    return int(content) if value[0] == "string" and content.isdecimal() else content


def attributes_in_json(span, i):
    """Those of the event, in order, and how many it lost."""
    attributes = [(path[3], in_json(value)) for path, value in span.items()
                  if path[:3] == ("event", i, "attribute")]
    dropped = span["event", i, "dropped attributes"]
    return attributes + ([("otel.dropped_attributes_count", dropped)] if dropped else [])


def wanted(span):
    """What Zipkin must show of a span of trace.py: (field there, how it is kept, path, value)."""
    yield "span id", "kept", "span id", span["span id"]
    yield "parent", "kept", "parent", span["parent"]
    yield "name", "kept", "name", span["name"].lower()
    yield "kind", "kept", "kind", KINDS.get(span["kind"])
    yield "start", "kept", "timestamp", span["start"] // 1000
    yield "end", "kept", "duration", max(1, (span["end"] - span["start"]) // 1000)
    yield ("resource", "service.name"), "kept", "service", {"serviceName": span["resource", "service.name"][1].lower()}
    yield ("resource", "service.namespace"), "as text", ("tag", "service.namespace"), "yaks"
    if span["status code"] > 0:
        yield "status code", "as text", ("tag", "otel.status_code"), ["OK", "ERROR"][span["status code"] - 1]
    if span["status code"] == 2:
        yield "status message", "as text", ("tag", "error"), span["status message"]
    for part in ("name", "version"):
        if span[f"scope {part}"]:
            yield f"scope {part}", "as text", ("tag", f"otel.scope.{part}"), span[f"scope {part}"]
            yield f"scope {part}", "as text", ("tag", f"otel.library.{part}"), span[f"scope {part}"]
    for what in ("attributes", "events", "links"):
        if span[f"dropped {what}"]:
            yield f"dropped {what}", "as text", ("tag", f"otel.dropped_{what}_count"), str(span[f"dropped {what}"])
    for path, value in span.items():
        if path[0] == "attribute":
            yield path, "as text", ("tag", path[1]), as_text(value)
            if path[1] in REMOTE:
                port = span.get(("attribute", "network.peer.port"), ("int", 0))[1]
                yield path, "kept", "remote", REMOTE[path[1]](value[1], port)
        elif path[0] == "event" and path[2] == "time":
            yield path, "kept", ("annotation", path[1], "time"), value // 1000
        elif path[0] == "event" and path[2] == "name":
            yield path, "as text", ("annotation", path[1], "text"), (value, attributes_in_json(span, path[1]))
        elif path[0] == "link" or path in ("flags", "trace state"):
            yield path, "lost", path, None
        elif path[0] == "resource" and not path[1].startswith("service.name"):
            yield path, "lost", path, None
