# SPDX-License-Identifier: MIT
"""usage: decode.py EMIT

The published schema of OTLP, by Google's protobuf library: what EMIT sends as protobuf decodes to the trace of trace.py,
with no field that the schema does not know; what it sends as JSON, read strictly by the same library, is the same
message. Answers with 77 where the schema (opentelemetry-proto) is not installed."""

import base64
import gzip
import http.server
import json
import subprocess
import sys
import threading

import read_back
import trace

try:
    from google.protobuf import json_format, unknown_fields
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
except ImportError:
    ExportTraceServiceRequest = None

TRACE_ID = "5b8aa5a2d2c872e8321cf37308d69df2"
BASE = 1790000000000000789
IDS = ("traceId", "spanId", "parentSpanId")


class Sink(http.server.BaseHTTPRequestHandler):
    """Keeps the bodies it is sent."""
    bodies: list

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        self.bodies.append((self.headers["Content-Type"], body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Receiver:
    """What read_back.settings() takes for a peer."""
    def __init__(self, port):
        self.forms = {"otlp/json": lambda _: f"http://127.0.0.1:{port}/v1/traces"}


def sent(emit, form):
    """The one request that EMIT makes."""
    Sink.bodies = []
    with http.server.HTTPServer(("127.0.0.1", 0), Sink) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = read_back.settings(Receiver(server.server_port), form)
        status = subprocess.run([emit, TRACE_ID, str(BASE)], env=environment, timeout=60).returncode
        server.shutdown()
    assert status == 0 and len(Sink.bodies) == 1, (status, len(Sink.bodies))
    return Sink.bodies[0]


def value_of(value):
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return ("empty", "")
        case "array_value":
            return ("array", [value_of(element) for element in value.array_value.values])
        case "kvlist_value":
            return ("map", {member.key: value_of(member.value) for member in value.kvlist_value.values})
        case _:
            return (kind.removesuffix("_value"), getattr(value, kind))


def attributes_of(holder, *path):
    keys = [attribute.key for attribute in holder.attributes]
    assert len(keys) == len(set(keys)), keys
    return {(*path, attribute.key): value_of(attribute.value) for attribute in holder.attributes}


def span_of(span, scope, resource):
    """As trace.py writes one down."""
    fields = {
        "span id": span.span_id.hex(), "parent": span.parent_span_id.hex(), "name": span.name, "kind": int(span.kind),
        "start": span.start_time_unix_nano, "end": span.end_time_unix_nano, "flags": span.flags,
        "trace state": span.trace_state, "status code": int(span.status.code), "status message": span.status.message,
        "dropped attributes": span.dropped_attributes_count, "dropped events": span.dropped_events_count,
        "dropped links": span.dropped_links_count, "scope name": scope.name, "scope version": scope.version,
    }
    fields |= attributes_of(span, "attribute") | attributes_of(resource, "resource")
    for i, event in enumerate(span.events):
        fields |= {("event", i, "time"): event.time_unix_nano, ("event", i, "name"): event.name,
                   ("event", i, "dropped attributes"): event.dropped_attributes_count}
        fields |= attributes_of(event, "event", i, "attribute")
    for i, link in enumerate(span.links):
        fields |= {("link", i, "trace id"): link.trace_id.hex(), ("link", i, "span id"): link.span_id.hex(),
                   ("link", i, "trace state"): link.trace_state, ("link", i, "flags"): link.flags,
                   ("link", i, "dropped attributes"): link.dropped_attributes_count}
        fields |= attributes_of(link, "link", i, "attribute")
    return fields


def spans_of(request):
    return [span_of(span, scope_spans.scope, resource_spans.resource)
            for resource_spans in request.resource_spans
            for scope_spans in resource_spans.scope_spans
            for span in scope_spans.spans if span.trace_id.hex() == TRACE_ID]


def unknown(message):
    """How many fields the schema does not know, in the message and all below it."""
    count = len(unknown_fields.UnknownFieldSet(message))
    for field, value in message.ListFields():
        if field.message_type:
            count += sum(map(unknown, value if hasattr(value, "__len__") else [value]))
    return count


def forget_process(request):
    """Each form is sent by a process of its own."""
    for resource_spans in request.resource_spans:
        kept = [each for each in resource_spans.resource.attributes if not each.key.startswith(read_back.DETECTED)]
        del resource_spans.resource.attributes[:]
        resource_spans.resource.attributes.extend(kept)


def unique(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), pairs
    return members


def in_base64(json_value):
    """OTLP/JSON has ids in hexadecimal, where protobuf's JSON has base64."""
    if isinstance(json_value, list):
        return [in_base64(element) for element in json_value]
    if isinstance(json_value, dict):
        return {key: base64.b64encode(bytes.fromhex(value)).decode() if key in IDS else in_base64(value)
                for key, value in json_value.items()}
    return json_value


def main():
    if ExportTraceServiceRequest is None:
        print("opentelemetry-proto is not installed: tests/interop/install.sh python")
        return read_back.NOT_INSTALLED
    emit, failed, requests = sys.argv[1], False, {}
    columns = {}
    for form in ("otlp/protobuf", "otlp/protobuf+gzip", "otlp/json", "otlp/json+gzip"):
        content_type, body = sent(emit, form)
        request = ExportTraceServiceRequest()
        if "protobuf" in form:
            assert content_type == "application/x-protobuf", content_type
            request.ParseFromString(body)
        else:
            assert content_type == "application/json", content_type
            strict = json.loads(body.decode("utf-8"), object_pairs_hook=unique)
            json_format.ParseDict(in_base64(strict), request)
        columns[form], wrong = read_back.compare(trace.expected(TRACE_ID, BASE), spans_of(request),
                                                 lambda span: [(path, "kept", path, span[path]) for path in span])
        if unknown(request):
            wrong.append(f"{unknown(request)} fields that the schema does not know")
        forget_process(request)
        if request != requests.setdefault("first", request):
            wrong.append("is another message than the first form's")
        for line in wrong[:read_back.TOLD_MAX]:
            print(f"{form}: {line}")
        failed |= bool(wrong)
    print("What Google's protobuf library decodes, in fields:")
    read_back.print_table(columns)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
