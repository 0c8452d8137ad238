/** Traces of what happens to a record: OpenTelemetry spans, and the header that carries them from topic to topic. */
@NullMarked
package dev.capstan.platform.tracing;

import org.jspecify.annotations.NullMarked;
