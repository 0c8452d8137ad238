@NullMarked
package dev.capstan.ingest.fetch;

import org.jspecify.annotations.NullMarked;
