# SPDX-License-Identifier: MIT
"""relay.py RELAY: what opentelemetry-python injects, our relay extracts and injects again, and opentelemetry-python
extracts to the same: each format, both directions, with ids, decisions, tracestate and baggage of many kinds."""

import random
import subprocess
import sys

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.jaeger import JaegerPropagator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

RANDOM = random.Random(20200206)  # The day that Trace Context became a recommendation.

FORMATS = {
    "tracecontext": TraceContextTextMapPropagator(),
    "baggage": W3CBaggagePropagator(),
    "b3": B3SingleFormat(),
    "b3multi": B3MultiFormat(),
    "jaeger": JaegerPropagator(),
    "tracecontext,baggage": CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()]),
    "b3,baggage": CompositePropagator([B3SingleFormat(), W3CBaggagePropagator()]),
}

# Nothing that starts or ends with white space: opentelemetry-python strips what it has decoded.
VALUES = ["v", "", "two words", "Amélie", "x\t \"';=asdf!@#$%^&*()", "a,b;c\\d", "100%", "\U0001f402", "a=b=c", "1+1"]


class Relay:
    def __init__(self, program, names):
        self.process = subprocess.Popen([program, names], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        encoding="utf-8")

    def send(self, headers):
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self.process.stdin.write("".join(lines) + "Host: x\r\n\r\n")
        self.process.stdin.flush()
        answer = {}
        for line in self.process.stdout:
            line = line.rstrip("\r\n")
            if not line:
                return answer
            name, value = line.split(":", 1)
            assert name not in answer, f"{name} is there twice"
            answer[name] = value.strip()
        raise AssertionError("the relay ended")

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def some_span(tracestate):
    return trace.SpanContext(
        trace_id=RANDOM.getrandbits(128) or 1,
        span_id=RANDOM.getrandbits(64) or 1,
        is_remote=False,
        trace_flags=trace.TraceFlags(RANDOM.getrandbits(1)),
        trace_state=trace.TraceState(tracestate),
    )


def contexts(names):
    """Contexts that the format can carry, with a label each."""
    has_span = names != "baggage"
    has_baggage = "baggage" in names or names == "jaeger"
    for i in range(50 if has_span else 1):
        context = Context()
        if has_span:
            members = [(f"k{j}", f"v{i}-{j}") for j in range(i % 4)] if "tracecontext" in names else []
            context = trace.set_span_in_context(trace.NonRecordingSpan(some_span(members)), context)
        if has_baggage:
            for j in range(i % 3):
                context = baggage.set_baggage(f"key{j}", VALUES[(i + j) % len(VALUES)], context)
        yield f"span {i}", context
    if has_baggage:
        for value in VALUES:
            # opentelemetry-python sends Jaeger's baggage only beside a span.
            context = trace.set_span_in_context(trace.NonRecordingSpan(some_span([])), Context()) if has_span else Context()
            yield repr(value), baggage.set_baggage("key", value, baggage.set_baggage("other", "x", context))


def said(context):
    span = trace.get_current_span(context).get_span_context()
    return {
        "trace_id": f"{span.trace_id:032x}",
        "span_id": f"{span.span_id:016x}",
        "sampled": span.trace_flags & 1,
        "tracestate": list(span.trace_state.items()),
        "baggage": dict(baggage.get_all(context)),
    }


def main():
    failures = checked = 0
    for names, propagator in FORMATS.items():
        relay = Relay(sys.argv[1], names)
        for label, context in contexts(names):
            sent = {}
            propagator.inject(sent, context)
            answer = relay.send(sent)
            understood = answer.pop("understood")
            got = said(propagator.extract({name: [value] for name, value in answer.items()}, Context()))
            checked += 1
            if got != said(context) or understood != ("ok" if sent else "not found"):
                failures += 1
                print(f"{names}, {label}: {understood}\n  sent     {sent}\n  answered {answer}\n"
                      f"  expected {said(context)}\n  got      {got}")
        if relay.close() != 0:
            failures += 1
            print(f"{names}: the relay failed")
    print(f"{checked} contexts, {failures} failures")
    return 1 if failures or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
